import Contracts
import Foundation
import GRDB
import Shards

/// Where a customer's message is kept until the log has it: one SQLite file per instance.
///
/// It is the one piece of state that is no fold: what a customer was told is kept is in this file (synchronous FULL),
/// so the file is migrated and never deleted. The rows with no acknowledgement are what this instance owes the log, in
/// the order of `row`.
final class Spool: Sendable {
    private let database: DatabasePool
    private let disk: any LoopDisk

    /// - Throws: `DatabaseError` if the file cannot be opened or written, `SpoolTooNew` if a later release wrote it.
    init(path: String, disk: any LoopDisk = SystemDisk()) throws {
        self.disk = disk
        var configuration = Configuration()
        configuration.label = "spool"
        configuration.maximumReaderCount = 4
        database = try DatabasePool(path: path, configuration: configuration)
        let migrator = Self.migrations
        guard try !database.read(migrator.hasBeenSuperseded) else { throw SpoolTooNew(path: path) }
        // A pool sets NORMAL when it opens its writer; with that, power loss takes what was promised.
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try migrator.migrate(database)
    }

    private static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE spool (
                        row INTEGER PRIMARY KEY AUTOINCREMENT,
                        topicPartition INTEGER NOT NULL,
                        conversationId TEXT NOT NULL,
                        side TEXT NOT NULL,
                        clientMessageId TEXT NOT NULL,
                        dealership TEXT NOT NULL,
                        eventId TEXT NOT NULL,
                        eventType TEXT NOT NULL,
                        eventTime INTEGER NOT NULL,
                        data BLOB NOT NULL,
                        acknowledgedAt INTEGER,
                        UNIQUE (conversationId, side, clientMessageId)
                    ) STRICT;
                    CREATE INDEX spool_pending ON spool (topicPartition, row) WHERE acknowledgedAt IS NULL;
                    CREATE INDEX spool_acknowledged ON spool (acknowledgedAt) WHERE acknowledgedAt IS NOT NULL;
                    CREATE TABLE probe (id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
                    INSERT INTO probe VALUES (1, 0);
                    """)
        }
        migrator.registerMigration("v2") { db in
            try db.execute(
                sql: """
                    CREATE TABLE tail (
                        topicPartition INTEGER PRIMARY KEY,
                        offset INTEGER NOT NULL,
                        stamp TEXT NOT NULL
                    ) STRICT;
                    """)
        }
        // Whatever of a message is appended again is the same bytes, what it came of included.
        migrator.registerMigration("v3") { db in
            try db.execute(
                sql: "ALTER TABLE spool ADD COLUMN correlationId TEXT; ALTER TABLE spool ADD COLUMN traceparent TEXT;")
        }
        return migrator
    }

    // MARK: Writing

    /// Commits one group: all of it or, with a `DatabaseError`, nothing.
    func commit(_ change: SpoolChange) async throws -> SpoolOutcome {
        try await disk.write(database) { db in
            if change.probe { try db.cachedStatement(sql: "UPDATE probe SET count = count + 1").execute() }
            let mark = try db.cachedStatement(sql: "UPDATE spool SET acknowledgedAt = ? WHERE row = ?")
            for (row, time) in change.acknowledged { try mark.execute(arguments: [time.milliseconds, row]) }
            for (partition, tail) in change.tails { try Self.note(tail, of: partition, in: db) }
            var pending: Int?
            if let moment = change.reclaimAfter {
                let spared = change.spared.map(String.init).joined(separator: ",")
                try db.execute(
                    sql: """
                        UPDATE spool SET acknowledgedAt = NULL
                        WHERE acknowledgedAt >= ? AND topicPartition NOT IN (\(spared))
                        """, arguments: [moment.milliseconds])
            }
            for partition in change.lost {
                try db.execute(
                    sql: "UPDATE spool SET acknowledgedAt = NULL WHERE topicPartition = ?", arguments: [partition])
            }
            if change.reclaimAfter != nil || !change.lost.isEmpty { pending = try Self.countPending(db) }
            // After the reclaim: what is in doubt is no longer acknowledged, however long this instance was down.
            if let moment = change.expireBefore {
                try db.cachedStatement(sql: "DELETE FROM spool WHERE acknowledgedAt < ?")
                    .execute(arguments: [moment.milliseconds])
            }
            let admissions = try change.entries.map { try Self.admit($0, in: db) }
            return SpoolOutcome(admissions: admissions, pending: pending)
        }
    }

    private static func note(_ tail: AppendedRecord?, of partition: Int32, in db: Database) throws {
        if let tail {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO tail VALUES (?, ?, ?)")
                .execute(arguments: [partition, tail.offset, tail.stamp])
        } else {
            try db.cachedStatement(sql: "DELETE FROM tail WHERE topicPartition = ?").execute(arguments: [partition])
        }
    }

    private static func admit(_ entry: SpoolEntry, in db: Database) throws -> Admission {
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO spool (topicPartition, conversationId, side, clientMessageId, dealership, eventId,
                    eventType, eventTime, data, correlationId, traceparent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """)
        let event = entry.event
        let side = entry.side
        try insert.execute(arguments: [
            entry.partition, entry.conversationId, side, entry.clientMessageId, event.dealership, event.id,
            event.type, event.time.milliseconds, Data(event.data), event.correlation.id,
            event.correlation.trace?.description,
        ])
        if db.changesCount > 0 { return .new(db.lastInsertedRowID) }
        let known = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT row, data, acknowledgedAt FROM spool
                    WHERE conversationId = ? AND side = ? AND clientMessageId = ?
                    """), arguments: [entry.conversationId, side, entry.clientMessageId])
        guard let known else { throw DatabaseError(message: "a row refused as a double is not there") }
        let data: Data = known["data"]
        if let text = entry.text {
            guard try MessageReceived(json: JSONView(Array(data))).text == text else { return .conflict }
        }
        let acknowledgedAt: Int64? = known["acknowledgedAt"]
        return .same(known["row"], acknowledged: acknowledgedAt != nil)
    }

    // MARK: Reading

    /// The next rows that the log lacks, in order of arrival.
    func pending(partition: Int32, after: Int64, through: Int64, limit: Int) async throws -> [SpoolRow] {
        try await disk.read(database) { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT row, conversationId, dealership, eventId, eventType, eventTime, data, correlationId, traceparent
                    FROM spool
                    WHERE topicPartition = ? AND row > ? AND row <= ? AND acknowledgedAt IS NULL
                    ORDER BY row LIMIT ?
                    """)
            return try Row.fetchAll(statement, arguments: [partition, after, through, limit]).map { row in
                let data: Data = row["data"]
                return SpoolRow(
                    row: row["row"],
                    event: Event(
                        id: row["eventId"], type: row["eventType"], dealership: row["dealership"], service: "ingest",
                        subject: row["conversationId"], time: Timestamp(milliseconds: row["eventTime"]),
                        data: Array(data),
                        correlation: Correlation(
                            id: row["correlationId"],
                            trace: (row["traceparent"] as String?).flatMap { Traceparent($0) })))
            }
        }
    }

    /// What an earlier run left: the newest row of each partition, how many are pending, when the log last
    /// acknowledged one, and of each partition the last that it acknowledged.
    func leftOver() async throws -> (
        newest: [Int32: Int64], pending: Int, lastAcknowledgement: Timestamp?, tails: [Int32: AppendedRecord]
    ) {
        try await disk.read(database) { db in
            var newest: [Int32: Int64] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT topicPartition, max(row) FROM spool GROUP BY 1") {
                newest[row[0]] = row[1]
            }
            let last = try Int64.fetchOne(db, sql: "SELECT max(acknowledgedAt) FROM spool")
            var tails: [Int32: AppendedRecord] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT topicPartition, offset, stamp FROM tail") {
                tails[row[0]] = AppendedRecord(offset: row[1], stamp: row[2])
            }
            return (newest, try Self.countPending(db), last.map(Timestamp.init(milliseconds:)), tails)
        }
    }

    /// All rows, and when the oldest was accepted of those that the log lacks.
    func age() async throws -> (rows: Int, oldest: Timestamp?) {
        try await disk.read(database) { db in
            let oldest = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT min(eventTime) FROM spool WHERE acknowledgedAt IS NULL"))
            let rows = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM spool"))
            return (rows ?? 0, oldest.map(Timestamp.init(milliseconds:)))
        }
    }

    private static func countPending(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM spool WHERE acknowledgedAt IS NULL") ?? 0
    }

    /// Counts for tests and for a person with a question: all rows, and SQLite's durability setting (2: FULL).
    func facts() async throws -> (rows: Int, synchronous: Int) {
        try await disk.write(database) { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM spool") ?? 0,
                try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0
            )
        }
    }

    /// For tests: a disk that has no room beyond these pages.
    func limit(pages: Int) async throws {
        try await database.write { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }

    func close() throws { try database.close() }
}

/// The spool's file is of a later release, which may keep promises there that this one does not know.
struct SpoolTooNew: Error, CustomStringConvertible {
    var path: String
    var description: String { "\(path) was written by a later release; start that one, or use another --data-dir" }
}
