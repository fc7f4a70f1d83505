import Contracts
import Foundation
import GRDB
import Simulation

@testable import Shards

/// Folds the log from its start into a new file, and compares it with a live one.
struct Rebuild: LogicVisitor {
    let log: Log
    let partition: Int
    let scenario: Scenario
    let live: Shard
    let folder: URL
    let now: Timestamp
    let violations: Violations

    func visit<Logic: ShardLogic>(_ logic: Logic) async throws {
        let what = "\(logic.service) shard \(partition)"
        let disk = SimulatedDisk(SimulatedProcess("rebuild") { _ in })
        let url = folder.appending(path: "rebuild-\(logic.service)-\(partition).sqlite")
        let file = try ShardFile(
            url: url, logic: logic, partition: Int32(partition), partitions: Int32(scenario.partitions),
            names: TopicNames(), disk: disk)
        let kept = logic.feeds.filter { $0.kind == .kept }.map(\.topic)
        for topic in kept {
            let records = log.entries(topic, partition).map(\.record)
            if !records.isEmpty { _ = try await file.apply(records, verifying: []) }
        }
        let tables = logic.canonicalTables
        let (once, state) = (
            try await hash(file.pool, tables, disk), try await live.read { try CanonicalHash.of($0, tables: tables) }
        )
        for table in tables where once[table] != state[table] {
            violations.note(
                "\(what): table \(table) is not what a rebuild gives", try await difference(table, file.pool, disk))
        }
        let owed = try await file.owed(now: now)
        if !owed.entries.isEmpty || !owed.failures.isEmpty {
            violations.note(
                "\(what): a rebuilt file owes what the log has", owed.entries.map(\.event.id) + owed.failures)
        }
        // A record that was refused stays refused: a reply that came before its conversation, after a lost tail.
        let refused = try await disk.read(file.pool) { db in
            Set(try String.fetchAll(db, sql: "SELECT topic || '/' || \"offset\" FROM _dead_letters"))
        }
        let entries = kept.flatMap { log.entries($0, partition) }
            .filter { !refused.contains("\($0.topic.rawValue)/\($0.coordinates.offset)") }
        try await disk.write(file.pool) { db in
            for _ in 0..<2 {
                for entry in entries {
                    try db.inSavepoint {
                        do {
                            try logic.fold(entry.event, at: entry.coordinates, in: db)
                            return .commit
                        } catch is MalformedEvent { return .rollback } catch is UnknownEventType { return .rollback }
                    }
                }
            }
        }
        let thrice = try await hash(file.pool, tables, disk)
        for table in tables where thrice[table] != once[table] {
            violations.note("\(what): table \(table) changes when the log is folded three times")
        }
        await file.close()
    }

    private func hash(_ pool: DatabasePool, _ tables: [String], _ disk: SimulatedDisk) async throws -> [String: String]
    {
        try await disk.read(pool) { try CanonicalHash.of($0, tables: tables) }
    }

    private func difference(_ table: String, _ pool: DatabasePool, _ disk: SimulatedDisk) async throws -> [String] {
        let rows: @Sendable (Database) throws -> [String] = { db in
            try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"").map(\.description)
        }
        let (rebuilt, live) = (Set(try await disk.read(pool, rows)), Set(try await live.read(rows)))
        return rebuilt.subtracting(live).sorted().map { "only rebuilt: \($0)" }
            + live.subtracting(rebuilt).sorted().map { "only live: \($0)" }
    }
}
