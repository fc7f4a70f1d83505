import Contracts

/// What a shard is doing, for `/status`.
public struct ShardStatus: Codable, Sendable {
    public struct TopicStatus: Codable, Sendable {
        public var topic: String
        /// The next offset to fold.
        public var position: Int64
        /// The log's end when it was last seen.
        public var end: Int64?
        /// Records that are still to be folded, and how long the next of them has been waiting.
        public var lag: Int64?
        public var lagSeconds: Double?
        /// Whether that gets less, in Burrow's words: OK, WARN, STALL, STOP or REWIND.
        public var progress: String?
    }

    /// A restore from the log, apart from live shards.
    public struct Restore: Codable, Sendable, Equatable {
        /// To fold when it began, and still.
        public var records: Int64
        public var left: Int64
        public var recordsPerSecond: Int64
        /// Nothing can be said at first.
        public var secondsLeft: Int64?
        /// It began with this snapshot, else with the file that was here, else with nothing.
        public var snapshotMadeAt: Timestamp?
    }

    public var shard: Int32
    /// opening, restoring, live, holding, stopped, halted or closed.
    public var state: String
    /// What is wrong and what to do, where something is.
    public var detail: String?
    public var topics: [TopicStatus]
    /// Those that nobody has settled.
    public var deadLetters: Int
    /// The same by their reasons.
    public var deadLetterReasons: [String: Int]?
    /// Records that it owes to the log, and for how long the oldest.
    public var owed: Int
    public var owedSeconds: Double?
    /// While it lasts.
    public var restore: Restore?
    /// What is folded anew beside it, without what a verification found.
    public var rebuild: RebuildStatus?
    /// Records of a type that this version does not know.
    public var skipped: Int
}

/// A record that was refused: it is still in the log, at these coordinates.
public struct DeadLetter: Codable, Sendable, Equatable {
    public var topic: String
    public var partition: Int32
    public var offset: Int64
    public var eventId: String?
    public var reason: String
    public var detail: String
    /// What a person decided about it.
    public var settled: Settled?

    public struct Settled: Codable, Sendable, Equatable {
        /// `amended`: a corrected copy was folded in its stead; or `discarded`.
        public var decision: String
        public var by: String
        public var reason: String
        public var at: Timestamp
        /// Of the record that says so; of the corrected copy, where there is one.
        public var eventId: String
    }
}
