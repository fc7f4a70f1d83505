import Contracts
import Foundation
import GRDB
import Kafka

@testable import Shards

/// The smallest service: counts what customers say, and owes one answer a message.
struct Tally: ShardLogic {
    static let answers = "qualify.declined"
    var schemaVersion = 1
    var limit: Int?
    let service = "tally"
    let lead = Feed.kept(.messages)
    let follows = [Feed.kept(.qualifications), Feed.fromStart(.presence)]
    let canonicalTables = ["said", "answered"]
    var holdAbove: (topic: Topic, records: Int)? { limit.map { (.qualifications, $0) } }

    func createTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS said (id TEXT PRIMARY KEY, text TEXT, at INTEGER, offset INTEGER);
                CREATE TABLE IF NOT EXISTS answered (id TEXT PRIMARY KEY);
                CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, at INTEGER);
                """)
    }

    func forget(_ topic: Topic, in db: Database) throws {
        try db.execute(sql: "DELETE FROM seen")
    }

    func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {
        switch event.type {
        case MessageReceived.type:
            let message: MessageReceived = try event.payload()
            try db.execute(
                sql: "INSERT OR IGNORE INTO said VALUES (?, ?, ?, ?)",
                arguments: [event.id, message.text, event.time.milliseconds, coordinates.offset])
            // A fold that refuses after it has written: nothing of it may stay.
            if message.text == "refuse late" { throw MalformedEvent("too-late", "refused after writing") }
        case QualifyDeclined.type:
            let answer: QualifyDeclined = try event.payload()
            try db.execute(sql: "INSERT OR IGNORE INTO answered VALUES (?)", arguments: [answer.requestId])
        case PresenceChanged.type:
            try db.execute(
                sql: "INSERT OR REPLACE INTO seen VALUES (?, ?)", arguments: [event.key, event.time.milliseconds])
        default:
            throw UnknownEventType()
        }
    }

    func owed(_ ledger: Ledger, now: Timestamp) throws {
        let open = try Row.fetchAll(
            ledger.db, sql: "SELECT id, at, text FROM said WHERE id NOT IN (SELECT id FROM answered) ORDER BY offset")
        for row in open {
            let (id, at, text): (String, Int64, String) = (row[0], row[1], row[2])
            try ledger.owe(.qualifications, id: id + ".answer") {
                if text == "cannot be answered" { throw MalformedEvent("no-answer", "") }
                let count = try Int.fetchOne(ledger.db, sql: "SELECT count(*) FROM answered") ?? 0
                return Event(
                    QualifyDeclined(requestId: id, conversationId: "c", reason: "answer \(count)", dealId: nil),
                    id: id + ".answer", dealership: "demo", service: service, time: Timestamp(milliseconds: at))
            }
        }
    }
}

/// Records as they would come from the log.
enum Wire {
    static let names = TopicNames()
    static let partitions: Int32 = 12
    static let partition = Partitioner.partition("demo", of: partitions)

    static func said(_ id: String, _ text: String = "hello", at offset: Int64, dealership: String = "demo")
        -> Kafka.Record
    {
        let event = Event(
            MessageReceived(conversationId: "c", clientMessageId: id, channel: .web, text: text), id: id,
            dealership: dealership, service: "ingest", time: Timestamp(milliseconds: 1_000 + offset))
        return record(event, .messages, at: offset)
    }

    static func record(_ event: Event, _ topic: Topic, at offset: Int64, change: ((inout [Header]) -> Void)? = nil)
        -> Kafka.Record
    {
        var headers = CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) }
        change?(&headers)
        return Kafka.Record(
            topic: names.name(topic), partition: partition, offset: offset, timestamp: event.time.milliseconds,
            key: Array(event.key.utf8), value: event.data, headers: headers)
    }

    static func raw(_ text: String, at offset: Int64) -> Kafka.Record {
        Kafka.Record(
            topic: names.name(.messages), partition: partition, offset: offset, timestamp: 0, key: Array("demo".utf8),
            value: Array(text.utf8), headers: [])
    }
}

/// A file in a folder of its own, gone with the test.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("shards-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func file(_ name: String = "tally", _ logic: Tally = Tally()) throws -> ShardFile<Tally> {
        try ShardFile(
            url: folder.appendingPathComponent("\(name).sqlite"), logic: logic, partition: Wire.partition,
            partitions: Wire.partitions, names: Wire.names)
    }
}
