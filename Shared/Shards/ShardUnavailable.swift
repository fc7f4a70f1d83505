/// Why a shard does not answer now. The HTTP edge turns it into a proxied request or a 503.
public struct ShardUnavailable: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// Another instance says that it owns the shard.
        case elsewhere(address: String)
        /// Nobody has claimed it, or a rebalance is under way.
        case nobody
        /// Held here, and not yet at the end of its topics.
        case restoring
        /// Held here, and stopped for a person to look at.
        case halted(String)
        /// Lost while the request waited.
        case closed
        /// The record may or may not have been appended: repeat with the same id.
        case unknownOutcome
    }

    public let reason: Reason

    public init(_ reason: Reason) {
        self.reason = reason
    }

    public var description: String {
        switch reason {
        case .elsewhere(let address): "the shard is served by \(address)"
        case .nobody: "the shard has no owner now"
        case .restoring: "the shard is being restored"
        case .halted(let why): "the shard is halted: \(why)"
        case .closed: "the shard has moved"
        case .unknownOutcome: "unknown: repeat with the same id"
        }
    }
}
