/// What a topic must be like.
public struct TopicSpecification: Sendable, Hashable {
    public var name: String
    /// Exactly.
    public var partitions: Int32
    /// At least.
    public var replicationFactor: Int
    /// Broker's names and values, such as `cleanup.policy`; used when the topic is made.
    public var settings: [String: String]

    public init(name: String, partitions: Int32, replicationFactor: Int, settings: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.settings = settings
    }
}

/// A topic as the cluster has it.
public struct TopicDescription: Sendable, Hashable {
    public var name: String
    public var partitions: Int32
    /// Of the partition that has the fewest.
    public var replicas: Int
}

/// A consumer group as its coordinator sees it.
public struct GroupDescription: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        public var id: String
        public var clientId: String
        public var host: String
        /// Nil for a dynamic member.
        public var instanceId: String?
        public var partitions: [TopicPartition]
    }

    public var group: String
    /// `Stable`, `Empty`, `PreparingRebalance`, …
    public var state: String
    public var members: [Member]
}
