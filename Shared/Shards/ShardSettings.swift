import Contracts
import Foundation
import Kafka

/// Where a pool of shards lives.
public struct ShardSettings: Sendable {
    public var kafka: KafkaConfiguration
    public var names: TopicNames
    /// The same for every topic.
    public var partitions: Int32
    /// One process a folder.
    public var dataDirectory: URL
    /// Static membership: a restart within the session time-out moves nothing.
    public var instanceId: String?
    /// Base URL under which other instances reach this one.
    public var address: String
    public var sessionTimeoutMs: Int
    public var clock: @Sendable () -> Timestamp

    public init(
        kafka: KafkaConfiguration, names: TopicNames, partitions: Int32, dataDirectory: URL, instanceId: String?,
        address: String, sessionTimeoutMs: Int = 10_000,
        clock: @escaping @Sendable () -> Timestamp = ShardSettings.systemClock
    ) {
        self.kafka = kafka
        self.names = names
        self.partitions = partitions
        self.dataDirectory = dataDirectory
        self.instanceId = instanceId
        self.address = address
        self.sessionTimeoutMs = sessionTimeoutMs
        self.clock = clock
    }

    @Sendable public static func systemClock() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}
