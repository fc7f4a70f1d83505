import Contracts
import GRDB
import ServiceKit
import Shards
import Synchronization

@testable import Conversations

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp = Log.start) {
        self.time = Mutex(time)
    }

    var now: Timestamp { time.withLock { $0 } }
    func advance(milliseconds: Int64) { time.withLock { $0 = $0.adding(milliseconds: milliseconds) } }
}

/// The service's fold over pretended partitions, with the positions that the loop would keep.
final class TestShard {
    let clock = TestClock()
    let logic: ConversationsLogic
    let queue: DatabaseQueue
    var refused: [String] = []

    init() throws {
        let clock = clock
        logic = ConversationsLogic(drafts: Drafts(now: { clock.now }))
        queue = try DatabaseQueue()
        try queue.write { db in
            try db.execute(sql: "CREATE TABLE _positions (topic TEXT PRIMARY KEY, next INTEGER, last_id TEXT)")
            try logic.createTables(db)
        }
    }

    /// Folds what `log` has beyond the topic's position; `upTo`: only records before that offset.
    func fold(_ log: Log, _ topic: Topic = .messages, upTo: Int = .max) throws {
        try queue.write { db in
            let next = try Shard.positions(db)[topic] ?? 0
            for (offset, event) in log.records where offset >= next && offset < upTo {
                do {
                    let coordinates = Coordinates(topic: topic, partition: 0, offset: offset)
                    try logic.fold(event, at: coordinates, in: db)
                } catch let error as MalformedEvent {
                    refused.append(error.reason)
                }
            }
            guard topic != .presence else { return }
            try db.execute(
                sql: "INSERT OR REPLACE INTO _positions VALUES (?, ?, '')",
                arguments: [topic.rawValue, min(Int64(upTo), Int64(log.records.count))])
        }
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T {
        try queue.read(body)
    }

    func list(_ change: (inout ConversationList) -> Void = { _ in }) throws -> ConversationList.Answer {
        var list = ConversationList(dealership: "d1", staff: "sam", now: clock.now)
        change(&list)
        return try read { try list.answer($0) }
    }

    func ids(_ change: (inout ConversationList) -> Void = { _ in }) throws -> [String] {
        try list(change).items.map(\.id)
    }
}

extension Log {
    /// To the log of `qualifications`.
    @discardableResult
    mutating func qualified(
        _ conversation: String, request: String = "r1", name: (String, String) = ("Ana", "Ortiz"),
        phones: [String] = [], emails: [String] = [], deal: String? = "deal1", after messagesOffset: Int64,
        dealership: String = "d1", at: Timestamp? = nil
    ) -> Int64 {
        let customer = Customer(
            id: "k-\(conversation)", firstName: name.0, lastName: name.1, emails: emails, phones: phones)
        let created = deal.map {
            DealCreated(
                dealId: $0, dealershipId: dealership, createdAt: Log.start, timeZone: "America/Chicago",
                source: DealSource(
                    type: DealSource.chatType, description: DealSource.chatDescription, channel: "web",
                    conversationId: conversation),
                customer: customer, createdBy: Log.sam, firstMessageAt: Log.start, qualifiedAt: Log.start)
        }
        return append(
            ConversationQualified(
                requestId: request, conversationId: conversation, customer: customer, deal: created,
                messagesOffset: messagesOffset, by: Log.sam),
            id: "q\(records.count)", dealership: dealership, at: at)
    }

    mutating func presence(_ conversation: String, _ state: PresenceState, until: Timestamp? = nil) {
        append(
            PresenceChanged(conversationId: conversation, state: state, until: until, page: "https://example.com/a"))
    }
}
