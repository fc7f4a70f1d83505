/// Numbers of the wrapper, each with its reason.
public enum Limits {
    /// Records in a batch: SQLite folds best near a thousand to a transaction, and more only adds latency.
    public static let batchRecords = 1_000
    /// Bytes in a batch: a thousand records of a megabyte each would not fit in memory.
    static let batchBytes = 8 << 20
    /// A blocking poll ends after this, should a wake-up ever be lost.
    static let pollMilliseconds: Int32 = 500
    /// More than this makes 40% more CPU and four times the memory, without being faster.
    static let producerQueueRecords = 10_000
    /// Records posted to a topic whose partitions are not known yet.
    static let parkedPosts = 1_000
    /// Presence and typing that are older than this are of no use to anybody.
    static let passingTimeoutMilliseconds = 3_000
    /// Waiting for a topic's metadata before the caller's records are served; then it is asked for again.
    static let metadataMilliseconds: Int32 = 1_000
    /// Answering an admin call; a broker that is electing a controller takes some seconds.
    static let adminMilliseconds: Int32 = 15_000
    /// Leaving the group: past it the member is left to its session time-out.
    static let closeSeconds = 5.0
    /// `rd_kafka_destroy` hangs in some versions (#4674, #4486, #4131): past this it is left to its own thread.
    static let destroySeconds = 3.0
    /// Waiting for the reports of what was purged.
    static let purgeSeconds = 5.0
    /// A broker may answer a fetch with all that it has (the local one does), however little was asked for.
    static let receiveMessageBytes = 1_500_000_000
    /// Below 100,000 messages or 64 MiB in 2.0.2, a fast consumer waits up to 1 s for a broker thread nobody wakes.
    static let prefetchRecords = 1_000_000
    static let prefetchKilobytes = 262_144
    /// Statistics are for gauges that are scraped every 10 s or so; each costs a JSON document.
    static let statisticsMilliseconds = 10_000
}
