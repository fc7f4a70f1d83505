import Foundation
import GRDB
import Kafka

/// The shard's file: where it is, and how it is opened and set aside.
extension ShardRunner {
    var url: URL {
        let name = ShardFile.name(logic, partition: partition)
        return pool.settings.dataDirectory.appendingPathComponent(shadow.map { "\(name).\($0.suffix)" } ?? name)
    }

    func openFile() async throws -> ShardFile<Logic> {
        if let file { return file }
        let (url, logic, partition, settings) = (url, logic, partition, pool.settings)
        let (watch, isAlone) = (shadow?.watch, shadow == nil && rebuild == nil)
        let opened = try await disk.run {
            // Of a process that was killed while it rebuilt: perhaps another version, so nobody goes on with them.
            if isAlone { Shadow.removeLeftovers(of: url) }
            return try ShardFile(
                url: url, logic: logic, partition: partition, partitions: settings.partitions, names: settings.names,
                disk: settings.disk, watch: watch)
        }
        guard phase != .closed else {
            await opened.close()
            throw CancellationError()
        }
        file = opened
        return opened
    }

    func setFileAside(as name: String) async throws {
        let url = url
        try await disk.run {
            let files = FileManager.default
            for suffix in ["", "-wal", "-shm"] {
                let aside = url.path + ".\(name)" + suffix
                try? files.removeItem(atPath: aside)
                if files.fileExists(atPath: url.path + suffix) {
                    try files.moveItem(atPath: url.path + suffix, toPath: aside)
                }
            }
        }
    }
}

extension DatabaseError {
    /// Not a full disk or a lock: the file is no database any more. It is only a fold, so it can be made again.
    var isDamage: Bool { [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(resultCode) }
}
