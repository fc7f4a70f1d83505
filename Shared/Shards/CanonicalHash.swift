import Crypto
import GRDB

/// Hashes what a table says, not how its file is laid out: rows in the order of all their columns, values by type.
public enum CanonicalHash {
    /// SHA-256 in hex of each table.
    public static func of(_ db: Database, tables: [String]) throws -> [String: String] {
        var hashes: [String: String] = [:]
        for table in tables { hashes[table] = try of(db, table: table) }
        return hashes
    }

    /// - Parameter look: called every so often; throws to end it.
    static func of(_ db: Database, table: String, look: () throws -> Void = {}) throws -> String {
        try of(db, table: table, by: nil, look)[""] ?? hex(SHA256())
    }

    /// SHA-256 in hex of the rows of each value of `group`, an SQL expression; of rows without one under "".
    static func of(
        _ db: Database, table: String, by group: String?, _ look: () throws -> Void = {}
    ) throws -> [String: String] {
        let columns = try db.columns(in: table).map(\.name).sorted()
        let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        // A literal would be a column's number in ORDER BY.
        let order = group == nil ? list : "_group, \(list)"
        let name = group.map { "coalesce(\($0), '')" } ?? "''"
        let rows = try Row.fetchCursor(
            db, sql: "SELECT \(name) AS _group, \(list) FROM \"\(table)\" ORDER BY \(order)")
        var hashes: [String: String] = [:]
        var (hash, current) = (SHA256(), String?.none)
        var count = 0
        while let row = try rows.next() {
            count += 1
            if count % Limits.rowsBetweenLooks == 0 { try look() }
            let name: String = group == nil ? "" : row[0]
            if let current, current != name {
                hashes[current] = hex(hash)
                hash = SHA256()
            }
            current = name
            for index in columns.indices {
                hash.update(data: bytes(row[index + 1] as DatabaseValue))
            }
        }
        if let current { hashes[current] = hex(hash) }
        return hashes
    }

    static func hex(_ hash: SHA256) -> String {
        hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func bytes(_ value: DatabaseValue) -> [UInt8] {
        switch value.storage {
        case .null: [0]
        case .int64(let number): [1] + Array("\(number)".utf8) + [0]
        case .double(let number): [2] + Array("\(number)".utf8) + [0]
        case .string(let text): [3] + Array("\(text.utf8.count):".utf8) + Array(text.utf8)
        case .blob(let data): [4] + Array("\(data.count):".utf8) + Array(data)
        }
    }
}
