import Contracts
import GRDB
import ServiceKit
import Shards
import Simulation

@testable import Qualification

/// A member of staff: answers and qualifies as the handlers of conversations and qualification do, and repeats under
/// the same id whatever is unknown.
struct StaffMember: Sendable {
    let dealership: String
    let conversation: String
    let replies: Int
    let clicks: Int
    let fleet: Fleet
    let book: Book
    var random: SeededRandom

    private var by: Staff { Staff(id: "s-\(conversation)", name: "Sam") }

    func work() async throws {
        var random = random
        for number in 0..<max(replies, clicks) {
            if number < replies {
                try await fleet.time.sleep(for: .milliseconds(random.int(1...1_500)))
                try await until { try await reply(number) }
            }
            if number < clicks {
                try await fleet.time.sleep(for: .milliseconds(random.int(1...1_000)))
                let wantsDeal = random.chance(80)
                let known: [String]? = random.chance(25) ? [] : nil
                try await until { try await click(number, wantsDeal: wantsDeal, known: known) }
                if random.chance(30), replies > 0 { try await until { try await setStatus(number) } }
            }
        }
    }

    /// Repeats until it has been answered.
    private func until(_ attempt: @escaping @Sendable () async throws -> Bool) async throws {
        while true {
            if (try? await within(.seconds(12), fleet.time, attempt)) == true { return }
            try await fleet.time.sleep(for: .milliseconds(300))
        }
    }

    /// On whichever instance has the shard, or believes so.
    private func shard(_ service: ServiceName) throws -> Shard {
        for instance in fleet.instances(of: service) {
            if let shard = try? instance.host.shard(of: dealership) { return shard }
        }
        throw ShardUnavailable(.nobody)
    }

    private func reply(_ number: Int) async throws -> Bool {
        let (shard, conversation, dealership) = (try shard(.conversations), conversation, dealership)
        let message = MessageSent(
            conversationId: conversation, clientMessageId: "r\(number)", channel: .web,
            text: "\(conversation) is answered \(number)", author: by)
        let isThere: @Sendable () async throws -> Bool = {
            try await shard.read { db in
                try Threads().message(message.clientMessageId, from: .staff, conversation: conversation, in: db) != nil
            }
        }
        let isKnown = try await shard.read { db in
            try Threads().conversation(conversation, dealership: dealership, in: db) != nil
        }
        guard isKnown else { return false }
        if !(try await isThere()) {
            try await append(message, id: message.messageId, "conversations", on: shard, to: .messages)
            guard try await isThere() else { return false }
        }
        book.acknowledge(
            Book.Message(
                conversation: conversation, dealership: dealership, side: .staff,
                clientMessageId: message.clientMessageId, text: message.text, slot: nil, kept: nil, number: number))
        fleet.trace.note("\(message.messageId) acknowledged")
        return true
    }

    private func click(_ number: Int, wantsDeal: Bool, known: [String]?) async throws -> Bool {
        let (shard, conversation, dealership) = (try shard(.qualification), conversation, dealership)
        let requestId = "q-\(conversation)-\(number)"
        let isKnown = try await shard.read { try QualifyRequest.find(requestId, of: dealership, in: $0) != nil }
        if !isKnown {
            let facts = try await shard.read { db in
                try ConversationFacts.find(conversation, of: dealership, in: db).map {
                    (facts: $0, offset: try Shard.positions(db)[.messages] ?? 0)
                }
            }
            guard let facts else { return false }
            let request = QualifyRequested(
                requestId: requestId, conversationId: conversation, channel: facts.facts.channel,
                customer: ContactEntry(
                    firstName: "Ada", lastName: "Number\(number)", email: "ada\(number)@example.com"),
                startNewDeal: wantsDeal, knownDeals: known, timeZone: "America/Chicago",
                firstMessageAt: facts.facts.firstMessageAt, messagesOffset: facts.offset, by: by)
            try await append(request, id: "\(requestId).requested", "qualification", on: shard, to: .qualifications)
        }
        let isAnswered = try await shard.read {
            try QualifyRequest.find(requestId, of: dealership, in: $0)?.answered() != nil
        }
        guard isAnswered else { return false }
        book.acknowledge(
            Book.Click(
                dealership: dealership, conversation: conversation, requestId: requestId, wantsDeal: wantsDeal))
        fleet.trace.note("\(requestId) answered")
        return true
    }

    private func setStatus(_ number: Int) async throws -> Bool {
        let shard = try shard(.conversations)
        try await append(
            ConversationClosed(conversationId: conversation, by: by), id: "\(conversation).closed\(number)",
            "conversations", on: shard, to: .messages)
        return true
    }

    private func append(
        _ payload: some Payload, id: String, _ service: String, on shard: Shard, to topic: Topic
    ) async throws {
        // Each attempt is a request of its own.
        let now = fleet.time.timestamp
        let event = Event(
            payload, id: id, dealership: dealership, service: service, time: now,
            correlation: Correlation(id: "call-\(now.milliseconds)"))
        let coordinates = try await shard.append(event, to: topic)
        if try await shard.isDeadLetter(coordinates) { throw ShardUnavailable(.unknownOutcome) }
    }
}
