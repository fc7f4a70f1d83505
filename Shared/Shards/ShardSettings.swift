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
    /// A shard further behind than this is restored by a reader of its own.
    public var restoreApartAbove: Int64
    /// What events are stamped with.
    public var clock: @Sendable () -> Timestamp
    public var time: any LoopTime
    public var disk: any LoopDisk

    public init(
        names: TopicNames, partitions: Int32, dataDirectory: URL, instanceId: String?,
        address: String, sessionTimeoutMs: Int = 10_000, snapshots: (any SnapshotStore)? = nil,
        snapshotEvery: Int64 = Limits.snapshotEveryRecords,
        restoreApartAbove: Int64 = Limits.restoreApartRecords,
        clock: @escaping @Sendable () -> Timestamp = ShardSettings.systemClock, time: any LoopTime = SystemTime(),
        disk: any LoopDisk = SystemDisk()
    ) {
        self.names = names
        self.partitions = partitions
        self.dataDirectory = dataDirectory
        self.instanceId = instanceId
        self.address = address
        self.sessionTimeoutMs = sessionTimeoutMs
        self.snapshots = snapshots
        self.snapshotEvery = snapshotEvery
        self.restoreApartAbove = restoreApartAbove
        self.clock = clock
        self.time = time
        self.disk = disk
    }

    @Sendable public static func systemClock() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}
