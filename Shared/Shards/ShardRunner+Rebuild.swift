import Contracts
import Foundation
import GRDB
import Logging

/// The shard folded anew beside this one; and how the new file takes the live one's place.
extension ShardRunner {
    // MARK: Of a shadow

    /// The next offset of every kept topic.
    var keptPositions: [Topic: Int64] {
        let kept = logic.feeds.filter { $0.kind == .kept }.map(\.topic)
        return Dictionary(uniqueKeysWithValues: kept.map { ($0, next[$0, default: 0]) })
    }

    /// Of what it does, else of what it did last.
    var currentProgress: ShardStatus.Restore? { (progress ?? restored)?.status }

    func removeFiles() async {
        let url = url
        try? await disk.run { Shadow.removeFiles(at: url) }
    }

    // MARK: Of the live shard

    /// Begins, unless one is under way or of use.
    ///
    /// - Parameter anew: also where a finished one is of use.
    func startRebuild(anew: Bool) async throws -> RebuildStatus {
        guard phase != .closed else { throw ShardUnavailable(.closed) }
        if let rebuild {
            let status = await rebuild.status()
            let isFinished = [.rebuilt, .verified, .failed].contains(status.state)
            guard isFinished, anew || status.state == .failed else { return status }
            // Another request may have come first.
            guard self.rebuild === rebuild else { return try await startRebuild(anew: false) }
            self.rebuild = nil
            await rebuild.end()
            guard self.rebuild == nil else { return try await startRebuild(anew: false) }
            guard phase != .closed else { throw ShardUnavailable(.closed) }
        }
        let rebuild = ShardRebuild(pool: pool, partition: partition)
        self.rebuild = rebuild
        await rebuild.launch()
        logger.notice("rebuild asked for")
        return await rebuild.status()
    }

    func verifyRebuild() async throws -> RebuildStatus {
        let rebuild = try currentRebuild()
        try await rebuild.verify(try liveFile())
        return await rebuild.status()
    }

    func rebuildReport() async throws -> RebuildStatus {
        await (try currentRebuild()).report()
    }

    private func currentRebuild() throws -> ShardRebuild<Logic> {
        guard let rebuild else {
            throw RebuildRefused(
                "no-rebuild", "shard \(partition) has not been rebuilt here: POST /v1/shards/\(partition)/rebuild first"
            )
        }
        return rebuild
    }

    private func liveFile() throws -> ShardFile<Logic> {
        switch phase {
        case .live, .holding: if let file { return file }
        case .closed: throw ShardUnavailable(.closed)
        default: break
        }
        throw RebuildRefused("shard-not-live", "shard \(partition) is not live: /status says why")
    }

    /// Closes the shard, whose waiters are to ask again, puts the file in place and opens the shard again.
    func swapRebuild() async throws -> RebuildSwap {
        let rebuild = try currentRebuild()
        _ = try liveFile()
        try await rebuild.release(live: next)
        let positions = await rebuild.placed
        guard phase != .closed else { throw ShardUnavailable(.closed) }
        copying?.cancel()
        await leave(.opening)
        guard phase != .closed else { throw ShardUnavailable(.closed) }
        // As the lifecycle, which a close waits for.
        let exchange = Task { try await self.exchange() }
        lifecycle = Task {
            _ = await exchange.result
            await self.restoreUntilStarted()
        }
        do {
            let replaced = try await exchange.value
            self.rebuild = nil
            logger.notice("the rebuilt file is in place", metadata: ["replaced": "\(replaced)"])
            return RebuildSwap(
                service: logic.service, shard: partition, file: url.lastPathComponent, replaced: replaced,
                positions: positions)
        } catch {
            await rebuild.takeBack(error)
            throw error
        }
    }

    /// At every moment the name is that of a whole file, the old or the new one.
    ///
    /// - Returns: the old one's name.
    private func exchange() async throws -> String {
        await closeFile()
        let (url, shard, service, store) = (url, partition, logic.service, pool.settings.snapshots)
        let version = logic.schemaVersion
        let replaced = try await disk.run {
            let (rebuilt, replaced) = (url.appendingPathExtension("rebuild"), url.appendingPathExtension("replaced"))
            // What is in a log of the old file would be taken for the new one's.
            for file in [url, rebuilt] { try ShardFile<Logic>.settle(file) }
            Failpoint.reach("swapping")
            Shadow.removeFiles(at: replaced)
            try FileManager.default.linkItem(at: url, to: replaced)
            guard rename(rebuilt.path, url.path) == 0 else {
                throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
            }
            Failpoint.reach("swapped")
            return replaced.lastPathComponent
        }
        // Copies of the old file would bring it back.
        (snapshotted, copiedAt) = (nil, nil)
        try? await disk.run {
            for copy in try store?.list(service: service, shard: shard) ?? [] where copy.schemaVersion == version {
                try store?.remove(copy)
            }
        }
        return replaced
    }
}

extension ShardFile {
    /// Moves all that was written into the file itself.
    ///
    /// - Throws: `DatabaseError` while somebody still reads it.
    static func settle(_ url: URL) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Limits.busySeconds)
        let file = try DatabaseQueue(path: url.path, configuration: configuration)
        try file.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try file.close()
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: url.path + suffix) }
    }
}
