import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import ServiceKit
import Synchronization

@testable import Conversations
@testable import Shards

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
    let queue: DatabasePool
    private let folder: URL
    var refused: [String] = []

    init() throws {
        let clock = clock
        logic = ConversationsLogic(drafts: Drafts(now: { clock.now }))
        folder = FileManager.default.temporaryDirectory.appending(path: "conversations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        queue = try DatabasePool(path: folder.appending(path: "shard.sqlite").path)
        try queue.write { db in
            try db.execute(sql: "CREATE TABLE _positions (topic TEXT PRIMARY KEY, next INTEGER, last_id TEXT)")
            try logic.createTables(db)
        }
    }

    deinit {
        try? queue.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The live shard over it, for streams; it never appends, so its producer never connects.
    func live() throws -> Shard {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientId: "test")
        let producer = try KafkaProducer(configuration: configuration, kind: .kept, logger: quiet)
        return Shard(
            partition: 0, pool: queue, log: EventLog(names: TopicNames(), partitions: 1, appender: producer),
            positions: try read { try Shard.positions($0) })
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
