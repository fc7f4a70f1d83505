/// The topics that the four services share. `rawValue` is the name without the configurable prefix.
public enum Topic: String, CaseIterable, Sendable {
    case messages
    case qualifications
    case dealCreated = "deal-created"
    case presence
    case owners
    case activity
    case typing

    /// What a topic promises to whoever reads it.
    public enum Retention: Sendable {
        /// Every record counts, for ever.
        case kept
        /// The last record of a key counts.
        case compacted
        /// Old records do not matter.
        case passing
    }

    public var retention: Retention {
        switch self {
        case .messages, .qualifications, .dealCreated: .kept
        case .presence, .owners: .compacted
        case .activity, .typing: .passing
        }
    }

    /// Kafka's settings for the topic, without the replication settings that the deployment decides.
    public var settings: [String: String] {
        switch self {
        case .messages, .qualifications, .dealCreated:
            ["cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"]
        case .presence:
            ["cleanup.policy": "compact,delete", "retention.ms": "86400000", "segment.ms": "3600000"]
        case .owners:
            ["cleanup.policy": "compact", "segment.ms": "3600000"]
        // By the broker's clock: retention goes by the latest time in a segment, and one instance whose clock is an hour
        // ahead would keep everybody's drafts for an hour.
        case .activity:
            [
                "cleanup.policy": "delete", "retention.ms": "3600000", "segment.ms": "600000",
                "message.timestamp.type": "LogAppendTime",
            ]
        case .typing:
            [
                "cleanup.policy": "delete", "retention.ms": "60000", "segment.ms": "60000",
                "message.timestamp.type": "LogAppendTime",
            ]
        }
    }
}

/// Turns topics into the names on the broker, and back.
public struct TopicNames: Sendable {
    public static let defaultPrefix = "directchat."

    public let prefix: String

    public init(prefix: String = TopicNames.defaultPrefix) {
        self.prefix = prefix
    }

    public func name(_ topic: Topic) -> String {
        prefix + topic.rawValue
    }

    public func topic(named name: String) -> Topic? {
        guard name.hasPrefix(prefix) else { return nil }
        return Topic(rawValue: String(name.dropFirst(prefix.count)))
    }
}
