import Foundation

/// A runner that folds into a file beside the live one. It is no member of the group, owes nothing and serves nobody.
struct Shadow: Sendable {
    /// After the live file's name.
    let suffix: String
    /// Which rows' writers are looked for.
    var watch: RowWatch?

    static let rebuild = Shadow(suffix: "rebuild")

    static func watching(_ watch: RowWatch) -> Shadow {
        Shadow(suffix: "watch", watch: watch)
    }

    static func removeLeftovers(of live: URL) {
        for suffix in ["rebuild", "watch"] { removeFiles(at: live.appendingPathExtension(suffix)) }
    }

    static func removeFiles(at url: URL) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: url.path + suffix) }
    }
}
