import Crypto
import GRDB
import Testing

@testable import Shards

/// The first row that differs, by a table's key, and the conversations that do.
@Suite struct TableComparisonTests {
    private func database(_ table: String, _ rows: [String]) throws -> DatabaseQueue {
        let database = try DatabaseQueue()
        try database.write { db in
            try db.execute(sql: "CREATE TABLE t (\(table))")
            for row in rows { try db.execute(sql: "INSERT INTO t VALUES (\(row))") }
        }
        return database
    }

    private func report(
        _ table: String, live: [String], rebuilt: [String], conversation: String? = nil
    ) throws -> TableReport {
        let (live, rebuilt) = (try database(table, live), try database(table, rebuilt))
        return try live.read { live in
            try rebuilt.read { try TableComparison("t", conversation: conversation).report(live: live, rebuilt: $0) }
        }
    }

    @Test(arguments: [
        ("id INTEGER PRIMARY KEY, x", ["id"]), ("id TEXT PRIMARY KEY, x", ["id"]),
        ("a TEXT, b TEXT, x, UNIQUE (a, b), UNIQUE (x)", ["a", "b"]), ("a, x", ["a", "x"]),
    ])
    func aRowIsKnownByItsKey(_ table: String, _ key: [String]) throws {
        #expect(try database(table, []).read { try TableComparison.key(of: "t", in: $0) } == key)
    }

    @Test func theOrderOfRowsInTheFileDoesNotMatter() throws {
        let found = try report(
            "a TEXT, x, UNIQUE (a)", live: ["'b', 2", "'a', 1"], rebuilt: ["'a', 1", "'b', 2"])
        #expect(found.isSame && found.different == 0 && found.first == nil)
    }

    @Test func eachKindOfDifferenceIsFound() throws {
        let table = "a TEXT, x, UNIQUE (a)"
        let rows = ["'a', 1", "'b', 2", "'c', 3"]
        let changed = try report(table, live: ["'a', 1", "'b', 9", "'c', 8"], rebuilt: rows)
        #expect(changed.different == 2)
        #expect(changed.first?.kind == .changed)
        #expect(changed.first?.key == [.init(name: "a", value: .text("b"))])
        #expect(changed.first?.columns == [.init(name: "x", live: .integer(9), rebuilt: .integer(2))])
        #expect(changed.first?.rowId == 2)
        let missing = try report(table, live: ["'a', 1", "'c', 3"], rebuilt: rows)
        #expect(missing.different == 1 && missing.first?.kind == .missing && missing.first?.rowId == 2)
        let extra = try report(table, live: rows + ["'A', 0"], rebuilt: rows)
        #expect(extra.different == 1 && extra.first?.kind == .extra)
        #expect(extra.first?.key == [.init(name: "a", value: .text("A"))])
        let empty = try report(table, live: [], rebuilt: rows)
        #expect(empty.different == 3 && empty.first?.kind == .missing)
    }

    /// A number and the text of it are two values, and neither is nothing.
    @Test(arguments: ["NULL", "'1'", "1.5", "x'31'"])
    func aValueOfAnotherTypeIsADifference(_ value: String) throws {
        let found = try report("a TEXT, x, UNIQUE (a)", live: ["'a', \(value)"], rebuilt: ["'a', 1"])
        #expect(!found.isSame && found.different == 1)
    }

    @Test func keysAreWalkedInSQLitesOrder() throws {
        let keys = ["NULL, 0", "-5, 0", "2, 0", "10, 0", "1.5, 0", "'Z', 0", "'a', 0", "'é', 0", "'zz', 0", "x'00', 0"]
        for index in keys.indices {
            var live = keys
            live.remove(at: index)
            let found = try report("a, x, UNIQUE (a)", live: live.shuffled(), rebuilt: keys.shuffled())
            #expect(found.different == 1 && found.first?.kind == .missing)
        }
    }

    @Test func conversationsThatDifferAreNamed() throws {
        let table = "id INTEGER PRIMARY KEY, c TEXT, x"
        let found = try report(
            table, live: ["1, 'one', 1", "2, 'two', 2", "3, 'two', 3"],
            rebuilt: ["1, 'one', 1", "2, 'two', 2", "3, 'two', 4", "4, 'three', 1"], conversation: "c")
        #expect(found.conversations?.compared == 3)
        #expect(found.conversations?.different == 2)
        #expect(found.conversations?.named.map(\.id) == ["three", "two"])
        #expect(found.conversations?.named[0].live == nil)
        #expect(found.first?.conversation == "two")
        let same = try report(table, live: ["1, 'one', 1"], rebuilt: ["1, 'one', 1"], conversation: "c")
        #expect(same.conversations == .init(compared: 1, different: 0, named: []))
    }

    @Test func textIsMaskedAndIdsAreNot() {
        #expect(ColumnValue.text("m000001-ab").masked(isKey: true) == .text("m000001-ab"))
        #expect(ColumnValue.integer(7).masked(isKey: false) == .integer(7))
        for text in ["+13145550123", "13145550123", "Ana Ortiz", "ana@example.com"] {
            #expect(ColumnValue.text(text).masked(isKey: true) != .text(text))
        }
        #expect(ColumnValue.text("Ana").masked(isKey: false) != .text("Ana"))
        #expect(ColumnValue.text("Ana").masked(isKey: false) != ColumnValue.text("Bob").masked(isKey: false))
        #expect(ColumnValue.text("Ana").masked(isKey: false) == ColumnValue.text("Ana").masked(isKey: false))
        // Who has a list of numbers must not find out whose it is.
        let known = SHA256.hash(data: Array("+13145550123".utf8)).prefix(4).map { String($0, radix: 16) }
        let masked = ColumnValue.text("+13145550123").masked(isKey: true).description
        #expect(!masked.contains(known.joined(separator: "-")))
    }
}
