import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import TestKit

@testable import LoopMember
@testable import Shards

/// A broker with our topics, and pools of `Tally` on it.
final class World {
    let configuration: KafkaConfiguration
    let admin: KafkaAdmin
    let log: EventLog
    let logic: Tally
    var scratch: Scratch
    private let logger: Logger

    init(_ logic: Tally = Tally(), on configuration: KafkaConfiguration) throws {
        self.logic = logic
        var logger = Logger(label: "loop")
        logger.logLevel = .critical
        self.logger = logger
        self.configuration = configuration
        scratch = try Scratch()
        admin = try KafkaAdmin(configuration: configuration, logger: logger)
        log = EventLog(
            names: Wire.names, partitions: Wire.partitions,
            appender: try KafkaProducer(configuration: configuration, kind: .kept, logger: logger))
    }

    func said(_ id: String, _ text: String = "hello") -> Event {
        Event(
            MessageReceived(conversationId: "c", clientMessageId: id, channel: .web, text: text), id: id,
            dealership: "demo", service: "ingest", time: Timestamp(milliseconds: 1_000))
    }

    func start(
        folder: Scratch? = nil, address: String = "http://here", sessionTimeoutMs: Int = 10_000
    ) throws -> Running {
        let settings = ShardSettings(
            names: Wire.names, partitions: Wire.partitions,
            dataDirectory: (folder ?? scratch).folder, instanceId: nil, address: address,
            sessionTimeoutMs: sessionTimeoutMs)
        let client = KafkaLogClient(configuration, admin: admin)
        return Running(ShardPool(logic: logic, settings: settings, log: log, client: client, logger: logger))
    }

    func count(_ shard: Shard, _ table: String) async throws -> Int {
        try await shard.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    func hash(_ shard: Shard) async throws -> [String: String] {
        let tables = logic.canonicalTables
        return try await shard.read { try CanonicalHash.of($0, tables: tables) }
    }

    func end(_ topic: Topic) async throws -> Int64 {
        let place = TopicPartition(Wire.names.name(topic), Wire.partition)
        return try await admin.offsets([place])[place]?.upperBound ?? 0
    }
}

/// A pool that runs until it is stopped.
final class Running: Sendable {
    let pool: ShardPool<Tally>
    private let task: Task<Void, any Error>

    init(_ pool: ShardPool<Tally>) {
        self.pool = pool
        task = Task { try await pool.run() }
    }

    func live() async throws -> Shard {
        do {
            try await wait("the shard to be live") { (try? self.pool.shard(of: "demo")) != nil }
        } catch {
            throw Failure("\(error): \(pool.unready), \(await pool.status())")
        }
        return try pool.shard(of: "demo")
    }

    func state() async -> String? {
        await pool.status().first { $0.shard == Wire.partition }?.state
    }

    func stop() async throws {
        task.cancel()
        try await task.value
    }
}

extension ShardPool {
    /// Why a shard is not served here.
    func reason(_ partition: Int32) -> ShardUnavailable.Reason? {
        do {
            _ = try shard(partition)
            return nil
        } catch {
            return error.reason
        }
    }
}
