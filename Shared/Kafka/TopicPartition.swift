/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32

    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public init(topic: String, partition: Int32) {
        self.init(topic, partition)
    }

    /// `topic/3`.
    public var description: String { "\(topic)/\(partition)" }
}

/// Logical offsets, for `start` only: everything else counts from 0.
public enum Offset {
    /// The oldest record that the log still has.
    public static let beginning: Int64 = -2
    /// After the newest record.
    public static let end: Int64 = -1
}
