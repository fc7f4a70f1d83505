/// Every bound of the loop, in one place.
public enum Limits {
    /// A shard further behind than this is restored by a reader of its own, so that live shards do not wait for it.
    public static let restoreApartRecords: Int64 = 5_000
    /// Restores at a time: each has a connection and a thread, and SQLite is what they wait for.
    static let restoresAtOnce = 2
    /// Rebuilds at a time: whoever looks at a wrong state must not make the shards that serve wait for the disk.
    static let rebuildsAtOnce = 1
    /// How long a rebuilt file that is further than the live one waits for it, which folds beside it.
    static let verifyWait = Duration.seconds(30)
    static let verifyPause = Duration.milliseconds(50)
    /// Conversations that differ are named up to here in a verification; the others are counted.
    static let namedConversations = 20
    /// A rebuilt file further behind than this is not put in place: the shard would be away while it folds the rest.
    static let swapBehindRecords: Int64 = 5_000
    /// Rows compared between two looks whether anybody still wants to know.
    static let rowsBetweenLooks = 1_000
    /// Snapshots made at a time.
    static let copiesAtOnce = 1
    /// One pass of `owed` appends at most this many; the next pass gives the rest.
    static let owedRecords = 500
    /// How long one pass waits for its records to come back before it looks again.
    static let owedReturn = Duration.seconds(5)
    /// How long a handler waits for Kafka to take its record; then the answer is "unknown, repeat with the same id".
    static let append = Duration.seconds(5)
    /// How long it then waits for its record to be folded here.
    public static let folded = Duration.seconds(5)
    /// Back-off of a shard that SQLite or the broker's metadata refused: first, and at most.
    static let retryFirst = Duration.milliseconds(250)
    static let retryMost = Duration.seconds(10)
    /// Time passes for `owed` and for claims too.
    static let tick = Duration.seconds(1)
    /// A claim is repeated at most this often, so that two instances that disagree do not fill the topic.
    static let claimAgainMilliseconds: Int64 = 5_000
    /// Offsets are committed for lag tools only.
    static let commitEvery = Duration.seconds(10)
    /// Snapshot readers a shard: streams and handlers read beside the one writer.
    static let readers = 4
    /// Page cache of a shard's writer in KiB, and pages of WAL before it is checkpointed: 1.2 times SQLite's defaults.
    static let writerCacheKiB = 16_384
    static let checkpointPages = 10_000
    /// A new snapshot is made once so many records have been folded since the last: this many are left to fold from
    /// the log when a shard is lost, some seconds' worth.
    public static let snapshotEveryRecords: Int64 = 20_000
    /// Between two snapshots of a shard, whatever its load, and after one that failed.
    static let snapshotPause = Duration.seconds(60)
    /// Of a shard and schema version; the older one is for the moment in which the newer turns out to be of no use.
    static let snapshotsKept = 2
    /// Pages copied in one go, 8 MiB: a copy that is not wanted any more ends after as many.
    static let snapshotPages: CInt = 2_000
    /// After this long an unfinished file is nobody's.
    static let leftoverSeconds: Double = 3_600
    /// To read the last folded record of each kept topic again.
    static let logCheck = Duration.seconds(15)
    /// After so long without a look at a topic's end, a shard that stands at the last end seen counts as behind: looks are
    /// five seconds apart, and a broker that changes its leader takes seconds.
    static let endUnseenSeconds = 60.0
    /// How often that is done while nothing else gives cause: a topic that was made anew and has grown past the
    /// position looks the same otherwise.
    static let logCheckEvery = Duration.seconds(30)
    /// How often the topics are counted: partitions that somebody adds are no matter of milliseconds.
    static let countPartitionsEvery = Duration.seconds(10)
    /// Longest wait for a lock that a backup or a tool holds.
    static let busySeconds = 5.0
}
