import Contracts
import Shards
import Simulation

@testable import Ingest

/// A customer on the website: writes, repeats under the same id what was not acknowledged, beats and leaves.
struct Customer: Sendable {
    static let draft = "half-a-thought-that-nobody-keeps"

    let dealership: String
    let conversation: String
    let messages: Int
    /// When the visit ends; nil if it goes on.
    let leaves: Int?
    let fleet: Fleet
    let book: Book
    var random: SeededRandom

    func write() async throws {
        var random = random
        var slot = random.int(0...(fleet.scenario.instances - 1))
        for number in 0..<messages {
            try await fleet.time.sleep(for: .milliseconds(random.int(1...1_200)))
            let text = "\(conversation) says \(number)"
            let message = MessageReceived(
                conversationId: conversation, clientMessageId: "m\(number)", channel: .web, text: text,
                visitorId: "v-\(conversation)")
            postDraft(text: Self.draft, revision: Int64(number))
            var attempts = 0
            while true {
                if let kept = try await send(message, to: slot) {
                    book.acknowledge(
                        Book.Message(
                            conversation: conversation, dealership: dealership, side: .customer,
                            clientMessageId: message.clientMessageId, text: text, slot: slot, kept: kept,
                            number: number))
                    fleet.trace.note("\(message.messageId) acknowledged by ingest-\(slot), in the \(kept.rawValue)")
                    break
                }
                attempts += 1
                // The load balancer finds another one in the end.
                if attempts.isMultiple(of: 3) { slot = (slot + 1) % fleet.scenario.instances }
                try await fleet.time.sleep(for: .milliseconds(random.int(50...500)))
            }
        }
    }

    private func send(_ message: MessageReceived, to slot: Int) async throws -> Kept? {
        guard let pump = fleet.instance(.init(service: .ingest, index: slot))?.pump else { return nil }
        let log = fleet.events(fleet.log.appender(process: "nobody"))
        let entry = SpoolEntry(
            message, dealership: dealership, partition: log.partition(of: dealership), at: fleet.time.timestamp)
        return try? await within(.seconds(4), fleet.time) { try await pump.accept(entry) }
    }

    private func postDraft(text: String, revision: Int64) {
        let draft = DraftChanged(conversationId: conversation, revision: revision, text: text)
        post(draft, id: "\(conversation).d\(revision)", to: .typing)
    }

    private func post(_ payload: some Payload, id: String, to topic: Topic) {
        let event = Event(payload, id: id, dealership: dealership, service: "ingest", time: fleet.time.timestamp)
        fleet.events(fleet.log.appender(process: "website")).post(event, to: topic)
    }

    /// A beat every 15 s, until the visit ends, with a word or without.
    func visit() async throws {
        var random = random
        let saysSo = random.chance(60)
        let tab = "t-\(conversation)"
        try await fleet.time.sleep(for: .milliseconds(random.int(1...3_000)))
        var number = 0
        while leaves.map({ fleet.time.now < $0 }) ?? true {
            post(
                VisitBeat(
                    conversationId: conversation, tabId: tab, page: "https://example.com/\(number)", visible: true),
                id: "\(conversation).b\(number)", to: .activity)
            number += 1
            let left = leaves.map { max(1, $0 - Int(fleet.time.now)) } ?? .max
            try await fleet.time.sleep(for: .milliseconds(min(15_000, left)))
        }
        guard saysSo else { return }
        post(VisitLeft(conversationId: conversation, tabId: tab), id: "\(conversation).left", to: .activity)
    }
}
