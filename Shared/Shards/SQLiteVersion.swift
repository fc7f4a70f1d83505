import Foundation
import GRDB

/// SQLite before 3.51.3 can corrupt a WAL file when two connections checkpoint it while a third commits
/// (sqlite.org/changes.html, 3.53.0). Here one connection checkpoints; a tool that opens a live file may be another.
enum SQLiteVersion {
    static let mended = "3.51.3"

    /// What to tell whoever runs this, or nil.
    static func warning() throws -> String? {
        let version = try DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") } ?? ""
        guard version.compare(mended, options: .numeric) == .orderedAscending else { return nil }
        return "SQLite \(version) has the WAL-reset bug (mended in \(mended)): copy a live file with VACUUM INTO, "
            + "and open none of them for writing"
    }
}
