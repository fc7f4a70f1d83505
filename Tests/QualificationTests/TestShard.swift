import Contracts
import Foundation
import GRDB
import Kafka

@testable import Qualification
@testable import Shards

/// The topics of one partition, as one broker keeps them.
struct TestLog {
    private(set) var records: [Topic: [Event]] = [:]

    mutating func append(_ event: Event, to topic: Topic) {
        records[topic, default: []].append(event)
    }

    func record(_ topic: Topic, _ offset: Int) -> Kafka.Record? {
        guard let events = records[topic], offset < events.count else { return nil }
        let event = events[offset]
        return Kafka.Record(
            topic: TopicNames().name(topic), partition: 0, offset: Int64(offset),
            timestamp: event.time.milliseconds, key: Array(event.key.utf8), value: event.data,
            headers: CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) })
    }
}

/// One owner's shard on a file of its own: folds what it is told to, through the loop's own code.
final class TestShard {
    let file: ShardFile<QualificationLogic>
    private let folder: URL
    private var next: [Topic: Int] = [:]

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("q-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        file = try ShardFile(
            url: folder.appendingPathComponent("shard.sqlite"), logic: QualificationLogic(), partition: 0,
            partitions: 1, names: TopicNames())
    }

    deinit {
        try? file.pool.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Folds up to `count` more records of a topic, all by default.
    @discardableResult
    func fold(_ topic: Topic, of log: TestLog, count: Int = .max) async throws -> BatchOutcome {
        var batch: [Kafka.Record] = []
        while batch.count < count, let record = log.record(topic, next[topic, default: 0]) {
            batch.append(record)
            next[topic, default: 0] += 1
        }
        return try await file.apply(batch, verifying: [])
    }

    func foldAll(_ log: TestLog) async throws {
        for topic in [Topic.messages, .qualifications, .dealCreated] { try await fold(topic, of: log) }
    }

    func owed() async throws -> [Ledger.Entry] {
        let (entries, failures) = try await file.owed(now: .test)
        guard failures.isEmpty else { throw OwedFailed(failures: failures) }
        return entries
    }

    /// Appends what is owed and folds it, until nothing is.
    func settle(_ log: inout TestLog) async throws {
        try await foldAll(log)
        while case let entries = try await owed(), !entries.isEmpty {
            for entry in entries { log.append(entry.event, to: entry.topic) }
            try await foldAll(log)
        }
    }

    func hashes() async throws -> [String: String] {
        try await file.pool.read { try CanonicalHash.of($0, tables: QualificationLogic().canonicalTables) }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await file.pool.read(body)
    }
}

struct OwedFailed: Error {
    var failures: [String]
}

extension Timestamp {
    static let test = Timestamp(milliseconds: 1_790_000_000_000)
}

extension Event {
    static func received(_ conversation: String, _ message: String, dealership: String = "north") -> Event {
        let payload = MessageReceived(
            conversationId: conversation, clientMessageId: message, channel: .web, text: "Is it still there?")
        return Event(payload, id: payload.messageId, dealership: dealership, service: "ingest", time: .test)
    }

    static func click(
        _ requestId: String, on conversation: String = "c1", first: String = "Ana", last: String = "Ortiz",
        email: String? = "ana@example.com", phone: String? = nil, deal: Bool = true, known: [String]? = nil,
        dealership: String = "north", at time: Timestamp = .test
    ) -> Event {
        let payload = QualifyRequested(
            requestId: requestId, conversationId: conversation, channel: .web,
            customer: ContactEntry(firstName: first, lastName: last, email: email, phone: phone), startNewDeal: deal,
            knownDeals: known, timeZone: "America/Chicago", firstMessageAt: .test, messagesOffset: 1,
            by: Staff(id: "s1", name: "Sam Hill"))
        return Event(
            payload, id: "\(requestId).requested", dealership: dealership, service: "qualification", time: time)
    }
}
