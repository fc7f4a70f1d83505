import Contracts
import Foundation
import GRDB
import Kafka

/// One shard's SQLite file: the fold, its positions and its dead letters, always of one transaction.
///
/// Synchronous and without a clock, so that the simulation and the benchmark drive the same code
/// as the loop.
package final class ShardFile<Logic: ShardLogic>: Sendable {
    let logic: Logic
    let partition: Int32
    let pool: DatabasePool
    private let partitions: Int32
    private let names: TopicNames
    let disk: any LoopDisk
    private let watch: RowWatch?

    /// Opens or creates the file.
    ///
    /// - Throws: `DatabaseError`; never a dead letter.
    package convenience init(
        url: URL, logic: Logic, partition: Int32, partitions: Int32, names: TopicNames,
        disk: any LoopDisk = SystemDisk()
    ) throws {
        try self.init(
            url: url, logic: logic, partition: partition, partitions: partitions, names: names, disk: disk, watch: nil)
    }

    /// - Parameter watch: is told of each row that is written.
    init(
        url: URL, logic: Logic, partition: Int32, partitions: Int32, names: TopicNames, disk: any LoopDisk,
        watch: RowWatch?
    ) throws {
        self.watch = watch
        self.logic = logic
        self.partition = partition
        self.partitions = partitions
        self.names = names
        self.disk = disk
        pool = try DatabasePool(path: url.path, configuration: ShardFile.configuration)
        try pool.write { db in
            try ShardFile.createLoopTables(db)
            try logic.createTables(db)
            let meta = [
                "service": logic.service, "partition": "\(partition)", "partitions": "\(partitions)",
                "schema_version": "\(logic.schemaVersion)",
                "canonical_tables": logic.canonicalTables.joined(separator: ","),
            ]
            for (key, value) in meta {
                try db.execute(sql: "INSERT OR REPLACE INTO _meta VALUES (?, ?)", arguments: [key, value])
            }
        }
        if let watch { pool.add(transactionObserver: watch, extent: .databaseLifetime) }
    }

    /// A reader that is not done yet keeps its connection; it goes with the last reference.
    package func close() async {
        let pool = pool
        try? await disk.run { try pool.close() }
    }

    static func name(_ logic: Logic, partition: Int32, version: Int? = nil) -> String {
        "\(logic.service)-\(partition).v\(version ?? logic.schemaVersion).sqlite"
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.maximumReaderCount = Limits.readers
        configuration.busyMode = .timeout(Limits.busySeconds)
        configuration.prepareDatabase { db in
            // What power loss takes from a fold is folded again.
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            guard !db.configuration.readonly else { return }
            try db.execute(sql: "PRAGMA cache_size = -\(Limits.writerCacheKiB)")
            // SQLite before 3.51.3 can corrupt a WAL that two connections checkpoint at once: only the writer does.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(Limits.checkpointPages)")
        }
        return configuration
    }

    private static func createLoopTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS _positions (
                    topic TEXT PRIMARY KEY, next INTEGER NOT NULL, last_id TEXT NOT NULL) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS _dead_letters (
                    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, event_id TEXT,
                    reason TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (topic, offset)) WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS _dead_letters_event ON _dead_letters (event_id);
                CREATE TABLE IF NOT EXISTS _settled (
                    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, decision TEXT NOT NULL,
                    by TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, event_id TEXT NOT NULL,
                    PRIMARY KEY (topic, partition, offset)) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS _skipped (
                    topic TEXT NOT NULL, type TEXT NOT NULL, count INTEGER NOT NULL,
                    PRIMARY KEY (topic, type)) WITHOUT ROWID;
                """)
    }

    // MARK: Positions

    struct Position: Sendable, Equatable {
        /// The next offset to fold.
        var next: Int64
        /// The stamp of the record folded last; empty at the log's start.
        var lastId: String
    }

    func positions() throws -> [Topic: Position] {
        try pool.read { db in try ShardFile.positions(db) }
    }

    static func positions(_ db: Database) throws -> [Topic: Position] {
        var positions: [Topic: Position] = [:]
        for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT topic, next, last_id FROM _positions")) {
            guard let topic = Topic(rawValue: row[0]) else { continue }
            positions[topic] = Position(next: row[1], lastId: row[2])
        }
        return positions
    }

    /// Before a `.fromStart` topic is folded from its start.
    func forget(_ topic: Topic) throws {
        try pool.write { db in
            try logic.forget(topic, in: db)
            try db.execute(sql: "DELETE FROM _skipped WHERE topic = ?", arguments: [topic.rawValue])
        }
    }

    /// A person has agreed to a log without its head: the fold begins there.
    func begin(_ topic: Topic, at offset: Int64) throws {
        try pool.write { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO _positions VALUES (?, ?, '')", arguments: [topic.rawValue, offset])
        }
    }

    // MARK: Folding

    /// Folds a batch in one transaction.
    ///
    /// - Parameters:
    ///   - verifying: kept topics that were started one record early: their first record must be the one folded last.
    ///   - tracing: says of each record what it came of.
    /// - Throws: `LogTrouble` where the log is another one; `DatabaseError` rolls the batch back.
    package func apply(
        _ records: [Kafka.Record], verifying: Set<Topic>, tracing: Bool = false
    ) async throws -> BatchOutcome {
        do {
            let outcome = try await disk.write(pool) { db in
                let outcome = try self.batch(records, verifying, tracing, savepoints: false).apply(in: db)
                Failpoint.reach("before-commit")
                return outcome
            }
            Failpoint.reach("after-commit")
            return outcome
        } catch is RefusedAfterWriting {
            // Rare: a fold that writes before it refuses. The batch is done again with a savepoint a record, which
            // costs every record of it.
            return try await disk.write(pool) { db in
                try self.batch(records, verifying, tracing, savepoints: true).apply(in: db)
            }
        }
    }

    private func batch(
        _ records: [Record], _ verifying: Set<Topic>, _ tracing: Bool, savepoints: Bool
    ) -> Batch<Logic> {
        Batch(
            records: records, logic: logic, partition: partition, partitions: partitions, names: names,
            verifying: verifying, savepoints: savepoints, watch: watch, tracing: tracing)
    }

    // MARK: Owing

    /// What the state owes now. Nothing of it stays in the file.
    func owed(now: Timestamp) async throws -> (entries: [Ledger.Entry], failures: [String]) {
        try await disk.writeWithoutTransaction(pool) { db in
            var result: (entries: [Ledger.Entry], failures: [String]) = ([], [])
            try db.inTransaction(.deferred) {
                let ledger = Ledger(db: db, partition: self.partition, limit: Limits.owedRecords) {
                    try self.logic.fold($0, at: $1, in: $2)
                }
                try self.logic.owed(ledger, now: now)
                result = (ledger.entries, ledger.failures)
                return .rollback
            }
            return result
        }
    }

    // MARK: Looking

    /// - Parameter place: of this shard; only what comes after it.
    func deadLetters(after place: DeadLetterPlace? = nil, limit: Int) async throws -> [DeadLetter] {
        let topic = place.map { String($0.topic.trimmingPrefix(names.prefix)) }
        return try await disk.read(pool) { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT l.*, s.decision, s.by, s.reason AS why, s.at, s.event_id AS settled_by
                    FROM _dead_letters l LEFT JOIN _settled s USING (topic, partition, offset)
                    WHERE ?1 IS NULL OR l.topic > ?1 OR (l.topic = ?1 AND l.offset < ?2)
                    ORDER BY l.topic, l.offset DESC LIMIT ?3
                    """, arguments: [topic, place?.offset, limit]
            ).map {
                DeadLetter(
                    topic: self.names.prefix + $0["topic"], partition: $0["partition"], offset: $0["offset"],
                    eventId: $0["event_id"], reason: $0["reason"], detail: $0["detail"],
                    settled: Settlement.settled($0))
            }
        }
    }

    func counts() async throws -> (deadLetters: [String: Int], skipped: Int) {
        try await disk.read(pool) { db in
            let reasons = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT d.reason, count(*)
                        FROM _dead_letters d LEFT JOIN _settled s USING (topic, partition, offset)
                        WHERE s.decision IS NULL GROUP BY d.reason
                        """))
            return (
                Dictionary(reasons.map { ($0[0] as String, $0[1] as Int) }, uniquingKeysWith: +),
                try Int.fetchOne(db, sql: "SELECT coalesce(sum(count), 0) FROM _skipped") ?? 0
            )
        }
    }
}
