import Contracts
import Foundation
import GRDB
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// An instance that runs until it is stopped.
final class ConformanceInstance: Sendable {
    let pool: ShardPool<Tally>
    private let task: Task<Void, any Error>

    init(_ pool: ShardPool<Tally>) {
        self.pool = pool
        task = Task { try await pool.run() }
    }

    var address: String { pool.settings.address }

    func stop() async throws {
        task.cancel()
        try await task.value
    }

    /// The shard, once it is live here.
    func live(_ partition: Int32 = 0) async throws -> Shard {
        do {
            try await wait("shard \(partition) to be live at \(address)") { self.serves(partition) }
        } catch {
            throw Failure("\(error): \(pool.unready), \(await pool.status())")
        }
        return try pool.shard(partition)
    }

    func serves(_ partition: Int32) -> Bool { (try? pool.shard(partition)) != nil }

    /// The shards that are live here.
    var served: [Int32] { (0..<pool.partitionCount).filter(serves) }

    func knows(_ partition: Int32, at address: String) -> Bool {
        pool.reason(partition) == .elsewhere(address: address)
    }

    func state(_ partition: Int32 = 0) async -> String? {
        await status(partition)?.state
    }

    func status(_ partition: Int32 = 0) async -> ShardStatus? {
        await pool.status().first { $0.shard == partition }
    }
}

extension Shard {
    func said() async throws -> [String] {
        try await read { try String.fetchAll($0, sql: "SELECT id FROM said ORDER BY offset") }
    }

    func answered() async throws -> Set<String> {
        try await read { try String.fetchSet($0, sql: "SELECT id FROM answered") }
    }

    func hash() async throws -> [String: String] {
        try await read { try CanonicalHash.of($0, tables: Tally().canonicalTables) }
    }
}
