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
        "\(kind.rawValue) on \(topic.rawValue): \(detail); "
            + "POST /v1/shards/{shard}/resume folds the log as it is now into a new file"
    }
}
