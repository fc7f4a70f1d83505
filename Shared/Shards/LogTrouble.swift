import Contracts

/// The log of a kept topic is not the one that the file was folded from. The shard halts; a person decides.
public struct LogTrouble: Error, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The position is beyond the log's end: the broker lost its tail, or the topic was made anew.
        case beyondEnd = "beyond-end"
        /// Another record stands where the last folded one was: the tail was lost and has grown over.
        case otherRecord = "other-record"
        /// The log begins after the position: its head was trimmed.
        case trimmed
        /// The topic has another number of partitions than it was made with: a dealership's records would stand on
        /// another one from here on.
        case partitions
    }

    public let kind: Kind
    public let topic: Topic
    public let detail: String

    public init(_ kind: Kind, _ topic: Topic, _ detail: String) {
        self.kind = kind
        self.topic = topic
        self.detail = detail
    }

    public var description: String {
        "\(kind.rawValue) on \(topic.rawValue): \(detail); \(cure)"
    }

    /// What a person can do.
    private var cure: String {
        switch kind {
        case .partitions:
            "partitions cannot be taken back: make the topics anew or copy them under another prefix "
                + "(compose/runbooks/more-partitions.md); POST /v1/shards/{shard}/resume looks again"
        case .beyondEnd, .otherRecord, .trimmed:
            "POST /v1/shards/{shard}/resume folds the log as it is now into a new file"
        }
    }
}
