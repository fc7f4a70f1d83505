import GRDB
import Synchronization

/// Finds the record that wrote a row last, while a log is folded again: SQLite tells of each row that changes, the
/// batch of the record that it folds.
///
/// A row is known by its id: each canonical table is written by one topic, so the same log gives the same ids.
final class RowWatch: TransactionObserver, Sendable {
    private struct State {
        var folding: Coordinates?
        /// Of the transaction that is open: it may be rolled back.
        var pending: [String: [Int64: Coordinates]] = [:]
        var found: [String: [Int64: Coordinates]] = [:]
    }

    private let rows: [String: Set<Int64>]
    private let state = Mutex(State())

    init(_ rows: [String: Set<Int64>]) {
        self.rows = rows
    }

    func folding(_ coordinates: Coordinates) {
        state.withLock { $0.folding = coordinates }
    }

    /// - Returns: nil if no record that was folded has written the row.
    func writer(of row: Int64, in table: String) -> Coordinates? {
        state.withLock { $0.found[table]?[row] }
    }

    // MARK: From SQLite

    func observes(eventsOfKind kind: DatabaseEventKind) -> Bool {
        rows[kind.tableName] != nil
    }

    func databaseDidChange(with event: DatabaseEvent) {
        guard rows[event.tableName]?.contains(event.rowID) == true else { return }
        state.withLock { $0.pending[event.tableName, default: [:]][event.rowID] = $0.folding }
    }

    func databaseDidCommit(_ db: Database) {
        state.withLock { state in
            for (table, rows) in state.pending { state.found[table, default: [:]].merge(rows) { $1 } }
            state.pending = [:]
        }
    }

    func databaseDidRollback(_ db: Database) {
        state.withLock { $0.pending = [:] }
    }
}
