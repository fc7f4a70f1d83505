import Contracts
import Foundation

/// Where a pool of shards lives.
public struct ShardSettings: Sendable {
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
    /// Where instances leave copies of their shards for one another; nil where they do not.
    public var snapshots: (any SnapshotStore)?
    /// Records between two snapshots of a shard.
    public var snapshotEvery: Int64
    public var clock: @Sendable () -> Timestamp

    public init(
        names: TopicNames, partitions: Int32, dataDirectory: URL, instanceId: String?,
        address: String, sessionTimeoutMs: Int = 10_000, snapshots: (any SnapshotStore)? = nil,
        snapshotEvery: Int64 = Limits.snapshotEveryRecords,
        clock: @escaping @Sendable () -> Timestamp = ShardSettings.systemClock
    ) {
        self.names = names
        self.partitions = partitions
        self.dataDirectory = dataDirectory
        self.instanceId = instanceId
        self.address = address
        self.sessionTimeoutMs = sessionTimeoutMs
        self.snapshots = snapshots
        self.snapshotEvery = snapshotEvery
        self.clock = clock
    }

    @Sendable public static func systemClock() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}
