import ArgumentParser
import Kafka

/// The flags about the cluster that a tool has as the services do.
public struct ClusterOptions: ParsableArguments, Sendable {
    @Flag(help: "Accept kept topics with one replica: a broker's disk may lose them (DIRECTCHAT_ALLOW_SINGLE_REPLICA).")
    public var allowSingleReplica = false

    @Option(help: "Replicas of topics that are made: 3; 1 with --allow-single-replica (DIRECTCHAT_REPLICATION_FACTOR).")
    public var replicationFactor: Int?

    public init() {}
}

/// Where the log is and how its topics are made: services and tools are told alike.
public struct ClusterSettings: Sendable {
    public let kafka: KafkaConfiguration
    public let allowSingleReplica: Bool
    public let replicationFactor: Int

    /// For a tool: flags, else the services' variables.
    /// - Throws: `ConfigurationError` with every problem that was found.
    public init(
        clientId: String, options: ClusterOptions, environment: EnvironmentLookup = EnvironmentLookup()
    ) throws {
        var reader = SettingsReader(environment)
        self.init(&reader, options.allowSingleReplica, options.replicationFactor, clientId: clientId)
        guard reader.problems.isEmpty else { throw ConfigurationError(reader.problems) }
    }

    init(_ reader: inout SettingsReader, _ allowSingleReplica: Bool, _ replicationFactor: Int?, clientId: String) {
        self.allowSingleReplica = reader.flag("ALLOW_SINGLE_REPLICA") || allowSingleReplica
        let replicas = self.allowSingleReplica ? 1 : 3
        self.replicationFactor = reader.integer(replicationFactor, "REPLICATION_FACTOR", in: 1...9) ?? replicas
        kafka = reader.kafka(clientId: clientId)
    }
}
