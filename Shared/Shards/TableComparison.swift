import GRDB

/// Compares what two files say in one table: a live one and one that was folded anew. Reads only.
struct TableComparison {
    let table: String
    /// The conversation of a row, as an SQL expression.
    let conversation: String?
    /// Called every so often; throws to end it.
    let look: () throws -> Void

    init(_ table: String, conversation: String? = nil, look: @escaping () throws -> Void = {}) {
        (self.table, self.conversation, self.look) = (table, conversation, look)
    }

    func report(live: Database, rebuilt: Database) throws -> TableReport {
        var report = TableReport(table: table, live: try side(live), rebuilt: try side(rebuilt), different: 0)
        if let conversation {
            let sql = "SELECT count(DISTINCT \(conversation)) FROM \"\(table)\""
            let count = try Int.fetchOne(rebuilt, sql: sql) ?? 0
            report.conversations = .init(compared: count, different: 0, named: [])
        }
        guard !report.isSame else { return report }
        try differences(live, rebuilt, &report)
        if conversation != nil { report.conversations = try conversations(live, rebuilt) }
        return report
    }

    private func side(_ db: Database) throws -> TableReport.Side {
        let rows = try Int.fetchOne(db, sql: "SELECT count(*) FROM \"\(table)\"") ?? 0
        return .init(rows: rows, hash: try CanonicalHash.of(db, table: table, look: look))
    }

    // MARK: Rows

    /// Walks both in the order of the key.
    private func differences(_ live: Database, _ rebuilt: Database, _ report: inout TableReport) throws {
        let keys = try Self.key(of: table, in: rebuilt)
        let columns = try keys + rebuilt.columns(in: table).map(\.name).filter { !keys.contains($0) }
        let (lives, rebuilts) = (try cursor(live, columns, keys), try cursor(rebuilt, columns, keys))
        var (left, right) = (try lives.next().map(Values.init), try rebuilts.next().map(Values.init))
        var seen = 0
        while left != nil || right != nil {
            seen += 1
            if seen % Limits.rowsBetweenLooks == 0 { try look() }
            let order = Self.order(left, right, keys.count)
            let (mine, other) = (order <= 0 ? left : nil, order >= 0 ? right : nil)
            if mine?.columns != other?.columns {
                report.different += 1
                if report.first == nil { report.first = difference(mine, other, columns, keys.count) }
            }
            if order <= 0 { left = try lives.next().map(Values.init) }
            if order >= 0 { right = try rebuilts.next().map(Values.init) }
        }
    }

    private struct Values {
        let rowId: Int64
        let conversation: String?
        let columns: [DatabaseValue]

        init(_ row: Row) {
            (rowId, conversation) = (row[0], row[1])
            columns = Array(row.databaseValues.dropFirst(2))
        }
    }

    private func cursor(_ db: Database, _ columns: [String], _ keys: [String]) throws -> RowCursor {
        func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
        return try Row.fetchCursor(
            db,
            sql: """
                SELECT rowid, \(conversation ?? "NULL"), \(list(columns)) FROM "\(table)" ORDER BY \(list(keys))
                """)
    }

    /// The primary key, else the first of the columns that the table says are unique, else all columns.
    static func key(of table: String, in db: Database) throws -> [String] {
        let primary = try db.primaryKey(table)
        guard primary.isRowID, primary.rowIDColumn == nil else { return primary.columns }
        // SQLite lists the newest first.
        let unique = try db.indexes(on: table).last { $0.isUnique && $0.origin == .uniqueConstraint }
        return try unique?.columns ?? db.columns(in: table).map(\.name)
    }

    /// Below 0 if the left row comes first, 0 if both have one key; a side that has ended comes last.
    private static func order(_ left: Values?, _ right: Values?, _ keys: Int) -> Int {
        guard let left else { return 1 }
        guard let right else { return -1 }
        for index in 0..<keys {
            let order = order(left.columns[index], right.columns[index])
            if order != 0 { return order }
        }
        return 0
    }

    /// As SQLite orders: nothing, numbers, text, blobs; the latter two by their bytes.
    static func order(_ left: DatabaseValue, _ right: DatabaseValue) -> Int {
        switch (left.storage, right.storage) {
        case (.int64(let left), .int64(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.string(let left), .string(let right)): order(left.utf8, right.utf8)
        case (.blob(let left), .blob(let right)): order(left, right)
        default:
            if let left = Double.fromDatabaseValue(left), let right = Double.fromDatabaseValue(right) {
                left < right ? -1 : left > right ? 1 : 0
            } else {
                rank(left) - rank(right)
            }
        }
    }

    private static func order(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Int {
        left.lexicographicallyPrecedes(right) ? -1 : right.lexicographicallyPrecedes(left) ? 1 : 0
    }

    private static func rank(_ value: DatabaseValue) -> Int {
        switch value.storage {
        case .null: 0
        case .int64, .double: 1
        case .string: 2
        case .blob: 3
        }
    }

    private func difference(
        _ live: Values?, _ rebuilt: Values?, _ columns: [String], _ keys: Int
    ) -> RowDifference? {
        guard let row = rebuilt ?? live else { return nil }
        var changes: [RowDifference.Change] = []
        for (index, name) in columns.enumerated() {
            let (mine, other) = (live?.columns[index] ?? .null, rebuilt?.columns[index] ?? .null)
            if live == nil || rebuilt == nil || mine != other {
                changes.append(.init(name: name, live: ColumnValue(mine), rebuilt: ColumnValue(other)))
            }
        }
        return RowDifference(
            kind: live == nil ? .missing : rebuilt == nil ? .extra : .changed,
            key: (0..<keys).map { .init(name: columns[$0], value: ColumnValue(row.columns[$0])) },
            columns: changes, conversation: row.conversation, rowId: row.rowId)
    }

    // MARK: Conversations

    private func conversations(_ live: Database, _ rebuilt: Database) throws -> TableReport.Conversations {
        let lives = try CanonicalHash.of(live, table: table, by: conversation, look)
        let rebuilts = try CanonicalHash.of(rebuilt, table: table, by: conversation, look)
        let ids = Set(lives.keys).union(rebuilts.keys)
        let different = ids.filter { lives[$0] != rebuilts[$0] }.sorted()
        return .init(
            compared: ids.count, different: different.count,
            named: different.prefix(Limits.namedConversations).map {
                .init(id: $0, live: lives[$0], rebuilt: rebuilts[$0])
            })
    }
}
