import Contracts
import GRDB

/// A topic that a service reads, and how.
public struct Feed: Sendable {
    public enum Kind: Sendable {
        /// Every record counts: its position is in the shard's file.
        case kept
        /// Folded into the file from the log's start at every assignment; nothing halts it.
        case fromStart
        /// From the log's end, handed to `observe`, never in a file.
        case memory
    }

    public let topic: Topic
    public let kind: Kind

    public static func kept(_ topic: Topic) -> Feed { Feed(topic: topic, kind: .kept) }
    public static func fromStart(_ topic: Topic) -> Feed { Feed(topic: topic, kind: .fromStart) }
    public static func memory(_ topic: Topic) -> Feed { Feed(topic: topic, kind: .memory) }
}

/// Where a record stands.
public struct Coordinates: Sendable, Hashable {
    public let topic: Topic
    public let partition: Int32
    public let offset: Int64

    public init(topic: Topic, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

/// Thrown by a fold that does not know the event's type: skipped and counted, so that producers can add types first.
public struct UnknownEventType: Error {
    public init() {}
}

/// The two pure functions of a service, and the tables they work on.
///
/// Neither reads a clock, randomness, the environment or the network: time is the event's, or `now` where it is given.
/// So replay, tests and simulation run the same code.
public protocol ShardLogic: Sendable {
    /// The service's name, and with the topics' prefix its consumer group.
    var service: String { get }
    /// Part of the file's name: a new version is folded anew.
    var schemaVersion: Int { get }
    /// The topic by which the group hands out shards.
    var lead: Feed { get }
    /// Read for the same partitions as the lead.
    var follows: [Feed] { get }
    /// Tables whose rows a rebuild must reproduce to the letter. Each is written by one topic, and has row ids: by
    /// them a verification finds the record that wrote a row.
    var canonicalTables: [String] { get }
    /// The conversation of a row of a canonical table, as an SQL expression; nil where rows have none.
    func conversation(of table: String) -> String?
    /// The same fold without the memory beside the file: for folding again, which nobody may notice.
    var apart: Self { get }
    func createTables(_ db: Database) throws
    /// Deletes what a `.fromStart` topic wrote; called before it is folded from its start again.
    func forget(_ topic: Topic, in db: Database) throws
    /// Applies one event; idempotent by the primary keys of what it writes.
    ///
    /// - Throws: `MalformedEvent` makes the record a dead letter, `UnknownEventType` skips it; any other error rolls the
    ///   batch back, and the shard stops and retries.
    func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws
    /// A record of a `.memory` feed.
    func observe(_ event: Event, at coordinates: Coordinates)
    /// Gives the records that the log still lacks, in order.
    func owed(_ ledger: Ledger, now: Timestamp) throws
    /// More owed records of `topic` than this when a shard becomes live, and it holds and asks first: a topic that was
    /// made anew must not announce years again.
    var holdAbove: (topic: Topic, records: Int)? { get }
}

extension ShardLogic {
    public var feeds: [Feed] { [lead] + follows }
    public var holdAbove: (topic: Topic, records: Int)? { nil }
    public var apart: Self { self }
    public func conversation(of table: String) -> String? { nil }
    public func forget(_ topic: Topic, in db: Database) throws {}
    public func observe(_ event: Event, at coordinates: Coordinates) {}
    public func owed(_ ledger: Ledger, now: Timestamp) throws {}
}
