import Contracts
import Foundation
import Logging

/// A new schema version is folded into a file beside the old one's, before or after the group is joined.
extension ShardRunner {
    /// Once the new file serves, the old one has nothing to say. Files of newer versions stay: somebody went back.
    func removeOlderVersions() {
        let (directory, logic, partition, disk, logger) = (
            pool.settings.dataDirectory, logic, partition, disk, logger
        )
        Task {
            let removed = try? await disk.run {
                // A swap keeps the old file, which may be the last of its version.
                let found = try ["", ".replaced"].flatMap {
                    try ShardFile<Logic>.versions(in: directory, logic: logic, partition: partition, suffix: $0)
                }
                let older = Set(found.filter { $0 < logic.schemaVersion })
                for version in older {
                    let name = ShardFile<Logic>.name(logic, partition: partition, version: version)
                    let url = directory.appending(path: name)
                    for file in [url, url.appendingPathExtension("replaced")] { Shadow.removeFiles(at: file) }
                    Shadow.removeLeftovers(of: url)
                }
                return older.sorted()
            }
            for version in removed ?? [] {
                logger.info("older file removed", metadata: ["schemaVersion": "\(version)"])
            }
        }
    }

    /// An older version of the service has folded this shard, here or in a snapshot, and this one has not yet.
    nonisolated func isUnprepared() throws -> Bool {
        let settings = pool.settings
        let files = try ShardFile<Logic>.versions(in: settings.dataDirectory, logic: pool.logic, partition: partition)
        // A store that does not answer must not keep a service from its work.
        let copies = try? settings.snapshots?.list(service: pool.logic.service, shard: partition)
        let versions = files + (copies ?? []).filter { $0.partitions == settings.partitions }.map(\.schemaVersion)
        return !versions.contains(pool.logic.schemaVersion) && versions.contains { $0 < pool.logic.schemaVersion }
    }

    /// Folds the shard while others serve it, and leaves a snapshot for the other instances of this version.
    func prepare() async {
        var delay = Limits.retryFirst
        while !Task.isCancelled {
            do {
                guard try await disk.run({ try self.isUnprepared() }) else { break }
                phase = .restoring
                _ = try await catchUp()
                if let file, let store = pool.settings.snapshots { await makeSnapshot(of: file, in: store) }
                break
            } catch let trouble as LogTrouble {
                // Told loudly by the instance that gets the shard.
                logger.warning("shard cannot be prepared", metadata: ["trouble": "\(trouble)"])
                break
            } catch {
                logger.warning("shard cannot be prepared, will retry", metadata: ["error": "\(error)"])
                try? await time.sleep(for: delay)
                delay = min(delay * 2, Limits.retryMost)
            }
        }
        await close()
    }
}

extension ShardFile {
    /// The schema versions of the files of a shard.
    ///
    /// - Parameter suffix: after the names that they have while they are live.
    static func versions(
        in directory: URL, logic: Logic, partition: Int32, suffix aside: String = ""
    ) throws -> [Int] {
        let prefix = "\(logic.service)-\(partition).v"
        let suffix = ".sqlite" + aside
        return try FileManager.default.contentsOfDirectory(atPath: directory.path).compactMap { name in
            guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
            return Int(name.dropFirst(prefix.count).dropLast(suffix.count))
        }
    }
}
