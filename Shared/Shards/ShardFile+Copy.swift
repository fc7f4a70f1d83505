import Contracts
import Foundation
import GRDB
import Synchronization

extension ShardFile {
    /// Copies the file as it is at one moment, while folding goes on beside it. Ends within some pages' time of the
    /// task's cancellation; what was written then is of no use.
    ///
    /// - Returns: the positions of the copy.
    func copy(to url: URL) async throws -> [Topic: Position] {
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await disk.read(pool) { db in
                // Read first: this pins the moment that the copy shows, and without it every commit of the writer
                // would make SQLite begin again.
                let positions = try ShardFile.positions(db)
                let copy = try DatabaseQueue(path: url.path)
                try copy.writeWithoutTransaction { target in
                    try db.backup(to: target, pagesPerStep: Limits.snapshotPages) { _ in
                        if isCancelled.isRaised { throw CancellationError() }
                    }
                }
                try copy.close()
                return positions
            }
        } onCancel: {
            isCancelled.raise()
        }
    }

    /// Whether a file is one of this shard's, as its own tables say.
    static func isOurs(_ url: URL, logic: Logic, partition: Int32, partitions: Int32) throws -> Bool {
        var configuration = Configuration()
        configuration.readonly = true
        let file = try DatabaseQueue(path: url.path, configuration: configuration)
        defer { try? file.close() }
        return try file.read { try isOurs($0, logic: logic, partition: partition, partitions: partitions) }
    }

    static func isOurs(_ db: Database, logic: Logic, partition: Int32, partitions: Int32) throws -> Bool {
        let wanted = [
            "service": logic.service, "partition": "\(partition)", "partitions": "\(partitions)",
            "schema_version": "\(logic.schemaVersion)",
        ]
        return try wanted.allSatisfy { key, value in
            try String.fetchOne(db, sql: "SELECT value FROM _meta WHERE key = ?", arguments: [key]) == value
        }
    }
}

/// Raised once, seen by another thread.
final class Flag: Sendable {
    private let raised = Atomic(false)

    var isRaised: Bool { raised.load(ordering: .relaxed) }
    func raise() { raised.store(true, ordering: .relaxed) }
}
