import Contracts

/// How far a shard is that is folded anew beside the live one, and what came of it.
public struct RebuildStatus: Codable, Sendable {
    public enum State: String, Codable, Sendable {
        /// Another shard is rebuilt first.
        case waiting
        case rebuilding
        /// Folded up to the log's end as it was when it began, and not compared since.
        case rebuilt
        case verifying
        /// Compared at `positions`; see `verification`.
        case verified
        case swapping
        /// `why` says what came in between; ask for another.
        case failed
    }

    public struct Position: Codable, Sendable, Equatable {
        public var topic: String
        /// The next offset to fold.
        public var next: Int64
    }

    public var service: String
    public var shard: Int32
    public var state: State
    /// What is wrong and what to do, where something is.
    public var why: String?
    /// In the data directory of the shard's owner.
    public var file: String
    /// To fold when it began, of them done and still left.
    public var records: Int64
    public var done: Int64
    public var left: Int64
    public var recordsPerSecond: Int64
    /// Nothing can be said at first.
    public var secondsLeft: Int64?
    /// Of the rebuilt file's kept topics, once it is rebuilt.
    public var positions: [Position]
    /// The last comparison, unless something was folded since.
    public var isSame: Bool?
    /// Left out in `/status`.
    public var verification: [TableReport]?

    /// Without what a person wrote or can be found by.
    public func masked() -> RebuildStatus {
        var masked = self
        masked.verification = verification?.map { table in
            var table = table
            table.first = table.first?.masked()
            return table
        }
        return masked
    }
}

/// A rebuilt file has taken the live one's place.
public struct RebuildSwap: Codable, Sendable {
    public var service: String
    public var shard: Int32
    public var file: String
    /// What was live before, in the same folder; the next swap deletes it.
    public var replaced: String
    public var positions: [RebuildStatus.Position]
}

/// Nothing was done; the text says what to do.
public struct RebuildRefused: Error, Sendable, CustomStringConvertible {
    /// Short and stable, for programs.
    public let code: String
    public let description: String

    init(_ code: String, _ description: String) {
        (self.code, self.description) = (code, description)
    }
}
