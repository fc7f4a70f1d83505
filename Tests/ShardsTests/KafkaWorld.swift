import Contracts
import Foundation
import Kafka
import Logging
import Shards
import TestKit

/// A log that is asked over the wire.
final class KafkaWorld: ConformanceLog {
    private let configuration: KafkaConfiguration
    private let admin: KafkaAdmin
    private let broker: LocalBroker?
    private let cluster: MockCluster?
    private let names: TopicNames

    init(
        _ configuration: KafkaConfiguration, names: TopicNames, broker: LocalBroker? = nil, cluster: MockCluster? = nil
    ) throws {
        self.configuration = configuration
        self.names = names
        self.broker = broker
        self.cluster = cluster
        admin = try KafkaAdmin(configuration: configuration, logger: .silent)
    }

    convenience init(on broker: LocalBroker, names: TopicNames) throws {
        try self.init(broker.configuration, names: names, broker: broker)
    }

    convenience init(on cluster: MockCluster, names: TopicNames) throws {
        try self.init(cluster.configuration, names: names, cluster: cluster)
    }

    func create(_ topics: [String], partitions: Int32) async throws {
        if let cluster {
            for topic in topics { try await cluster.create(topic, partitions: partitions) }
            return
        }
        try await admin.ensure(
            topics.map { name in
                TopicSpecification(
                    name: name, partitions: partitions, replicationFactor: 1,
                    settings: names.topic(named: name)?.settings ?? [:])
            }, allowSingleReplica: true)
    }

    func client(_ process: String) -> any LogClient { KafkaLogClient(configuration, admin: admin) }

    func appender(_ process: String) throws -> any LogAppender {
        try KafkaProducer(configuration: configuration, kind: .kept, logger: .silent)
    }

    func victim(_ address: String, _ world: ConformanceWorld) async throws -> any Victim {
        var environment = ["KAFKA_BOOTSTRAP_SERVERS": configuration.bootstrapServers]
        for (name, value) in configuration.properties {
            environment["KAFKA_" + name.uppercased().replacing(".", with: "_")] = value
        }
        let arguments = [
            "--prefix", names.prefix, "--partitions", "\(world.partitions)",
            "--folder", world.folder(address).path, "--address", address,
            "--session-timeout-ms", "\(world.kind.sessionTimeoutMs)",
        ]
        return KafkaVictim(process: try ChildProcess("LoopMember", arguments, environment: environment))
    }

    // MARK: Harm

    func disconnect() async throws {
        try await broker?.terminate()
        await cluster?.setUp(false)
    }

    func reconnect() async throws {
        try await broker?.start()
        await cluster?.setUp(true)
    }

    func loseTail(_ body: () async throws -> Void) async throws {
        // It writes behind once a second; what it had when it stopped in good order is safe.
        try await broker?.terminate()
        try await broker?.start()
        try await body()
        try await broker?.kill()
        try await broker?.start()
    }

    func trim(_ place: TopicPartition, before offset: Int64) async throws {
        try await admin.deleteRecords(before: [place: offset])
    }

    func recreate(_ topic: String, partitions: Int32) async throws {
        try TestTopics(configuration).delete(topic)
        try await wait("the topic to be gone") { try await self.admin.partitionCount(topic) == nil }
        try await create([topic], partitions: partitions)
    }

    func addPartitions(_ topic: String, to count: Int32) async throws {
        try TestTopics(configuration).addPartitions(topic, to: Int(count))
    }

    func failAppends() async throws {
        // Timed out (and in the log all the same), not enough replicas, disconnected; then one that ends a producer.
        await cluster?.fail(.produce, with: [7, 19, -195, 45])
    }

    func end() async throws {
        try await broker?.kill()
        if broker == nil && cluster == nil {
            for topic in Topic.allCases { try? TestTopics(configuration).delete(names.name(topic)) }
        }
        await admin.close()
    }
}

private struct KafkaVictim: Victim {
    let process: ChildProcess

    func kill() { process.kill() }
    func silence() { process.freeze() }
    func wake() { process.thaw() }
}

extension Logger {
    /// Unless `KAFKA_TEST_LOG` says how much is to be told.
    static let silent: Logger = {
        var logger = Logger(label: "conformance")
        logger.logLevel =
            ProcessInfo.processInfo.environment["KAFKA_TEST_LOG"].flatMap { Logger.Level(rawValue: $0) } ?? .critical
        return logger
    }()
}
