import ArgumentParser
import Contracts
import Foundation
import Kafka
import Logging
import Shards

/// One instance of `Tally` in a process of its own, for tests that kill or freeze it.
@main
struct LoopMember: AsyncParsableCommand {
    @Option var prefix: String
    @Option var partitions: Int32
    @Option var folder: String
    @Option var address: String
    @Option var sessionTimeoutMs: Int

    /// Until it is killed, or its parent has ended.
    func run() async throws {
        guard let configuration = KafkaConfiguration.environment(ProcessInfo.processInfo.environment) else {
            throw ValidationError("KAFKA_BOOTSTRAP_SERVERS is not set")
        }
        var logger = Logger(label: "loop-member")
        logger.logLevel = .critical
        let settings = ShardSettings(
            names: TopicNames(prefix: prefix), partitions: partitions, dataDirectory: URL(filePath: folder),
            instanceId: nil, address: address, sessionTimeoutMs: sessionTimeoutMs)
        let producer = try KafkaProducer(configuration: configuration, kind: .kept, logger: logger)
        let admin = try KafkaAdmin(configuration: configuration, logger: logger)
        let pool = ShardPool(
            logic: Tally(), settings: settings,
            log: EventLog(names: settings.names, partitions: partitions, appender: producer),
            client: KafkaLogClient(configuration, admin: admin), logger: logger)
        let parent = getppid()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            group.addTask { while getppid() == parent { try await Task.sleep(for: .seconds(1)) } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
