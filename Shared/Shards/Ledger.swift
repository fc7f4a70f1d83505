import Contracts
import GRDB

/// Collects what a shard owes. Each record is folded in a savepoint as soon as it is given, so that those after it
/// are decided as if the log had it already; the caller rolls everything back.
public final class Ledger {
    public struct Entry: Sendable, Equatable {
        public let topic: Topic
        public let event: Event
    }

    /// The state, including what has been owed so far.
    public let db: Database
    public private(set) var entries: [Entry] = []
    /// Records that could not be made, by the error's type: one bad record must not hold up the others.
    public private(set) var failures: [String] = []

    private let fold: (Event, Coordinates, Database) throws -> Void
    private let partition: Int32
    private let limit: Int

    init(
        db: Database, partition: Int32, limit: Int, fold: @escaping (Event, Coordinates, Database) throws -> Void
    ) {
        self.db = db
        self.partition = partition
        self.limit = limit
        self.fold = fold
    }

    /// Enough for one pass; more may be offered and is left for the next.
    public var isFull: Bool { entries.count >= limit }

    /// Owes one record, unless a record of this id was refused before: it would be refused again, for ever.
    ///
    /// - Parameter make: a function of the facts that caused it alone: two owners must make the same bytes.
    public func owe(_ topic: Topic, id: String, _ make: () throws -> Event) throws {
        guard !isFull, try !isRefused(topic, id: id) else { return }
        try db.inSavepoint {
            do {
                let event = try make()
                // Beyond every real offset, in the order of owing.
                let offset = Int64.max / 2 + Int64(entries.count)
                try fold(event, Coordinates(topic: topic, partition: partition, offset: offset), db)
                entries.append(Entry(topic: topic, event: event))
                return .commit
            } catch let error as DatabaseError {
                throw error
            } catch {
                failures.append("\(type(of: error))")
                return .rollback
            }
        }
    }

    private func isRefused(_ topic: Topic, id: String) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT 1 FROM _dead_letters WHERE event_id = ? AND topic = ?")
        return try Bool.fetchOne(statement, arguments: [id, topic.rawValue]) ?? false
    }
}
