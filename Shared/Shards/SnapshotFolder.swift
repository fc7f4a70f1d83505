import Contracts
import Foundation

/// Snapshots in a folder that all instances of a service see: a local one, or a network file system.
///
/// A snapshot is two files, the copy and its description; the description is renamed into place last.
public struct SnapshotFolder: SnapshotStore {
    private let shared: SharedFolder
    private var folder: URL { shared.folder }

    public init(_ folder: URL) throws {
        shared = try SharedFolder(folder)
    }

    public func list(service: String, shard: Int32) throws -> [Snapshot] {
        let prefix = "\(service)-\(shard).v"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }
            .compactMap { name in
                // Removed by another instance meanwhile, or torn: not a snapshot.
                guard let data = try? Data(contentsOf: folder.appending(path: name)) else { return nil }
                return try? JSONDecoder().decode(Snapshot.self, from: data)
            }
            .filter { $0.service == service && $0.shard == shard }
            .sorted { $0.madeAt > $1.madeAt }
    }

    public func fetch(_ snapshot: Snapshot, to file: URL) throws {
        try FileManager.default.copyItem(at: place(snapshot, "sqlite"), to: file)
    }

    public func publish(_ file: URL, as snapshot: Snapshot) throws {
        try shared.removeLeftovers()
        try shared.put(at: place(snapshot, "sqlite")) { try FileManager.default.copyItem(at: file, to: $0) }
        try FileManager.default.removeItem(at: file)
        try shared.put(at: place(snapshot, "json")) { try JSONEncoder().encode(snapshot).write(to: $0) }
    }

    public func remove(_ snapshot: Snapshot) throws {
        // The description first: without it the copy is not a snapshot any more.
        for suffix in ["json", "sqlite"] {
            do { try FileManager.default.removeItem(at: place(snapshot, suffix)) } catch CocoaError.fileNoSuchFile {}
        }
    }

    private func place(_ snapshot: Snapshot, _ suffix: String) -> URL {
        // The hash tells apart what two instances, each believing to be the owner, make in the same millisecond.
        folder.appending(
            path: "\(snapshot.service)-\(snapshot.shard).v\(snapshot.schemaVersion)."
                + "\(snapshot.madeAt.milliseconds).\(snapshot.sha256.prefix(8)).\(suffix)")
    }
}
