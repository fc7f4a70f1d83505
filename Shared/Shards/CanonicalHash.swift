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

    static func of(_ db: Database, table: String) throws -> String {
        let columns = try db.columns(in: table).map(\.name).sorted()
        let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        var hash = SHA256()
        let rows = try Row.fetchCursor(db, sql: "SELECT \(list) FROM \"\(table)\" ORDER BY \(list)")
        while let row = try rows.next() {
            for index in columns.indices {
                hash.update(data: bytes(row[index] as DatabaseValue))
            }
        }
        return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
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
