/// What a shard is doing, for `/status`.
public struct ShardStatus: Codable, Sendable {
    public struct TopicStatus: Codable, Sendable {
        public var topic: String
        /// The next offset to fold.
        public var position: Int64
        /// The log's end when it was last seen.
        public var end: Int64?
    }

    public var shard: Int32
    /// opening, restoring, live, holding, stopped, halted or closed.
    public var state: String
    /// What is wrong and what to do, where something is.
    public var detail: String?
    public var topics: [TopicStatus]
    public var deadLetters: Int
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
}
