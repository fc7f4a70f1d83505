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
            guard !isExchanging else { return await rebuild.status() }
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
        let verified = try await rebuild.release(live: next)
        let positions = await rebuild.placed
        do {
            try await settleDown()
            guard self.rebuild === rebuild else {
                throw RebuildRefused("no-rebuild", "another rebuild was begun meanwhile: verify that one")
            }
            _ = try liveFile()
        } catch {
            await rebuild.takeBack(error)
            throw error
        }
        // The state that comes is another one: what it owes is asked about anew.
        (isExchanging, agreed) = (true, false)
        lifecycle?.cancel()
        await leave(.opening)
        guard phase != .closed else {
            isExchanging = false
            throw ShardUnavailable(.closed)
        }
        // As the lifecycle, which a close waits for.
        let exchange = Task { try await self.exchange(for: verified) }
        lifecycle = Task {
            _ = await exchange.result
            self.isExchanging = false
            await self.restoreUntilStarted()
        }
        do {
            let replaced = try await exchange.value
            if self.rebuild === rebuild { self.rebuild = nil }
            logger.notice("the rebuilt file is in place", metadata: ["replaced": "\(replaced)"])
            return RebuildSwap(
                service: logic.service, shard: partition, file: url.lastPathComponent, replaced: replaced,
                positions: positions)
        } catch {
            await rebuild.takeBack(error)
            throw error
        }
    }

    /// Nothing of the old state is on its way any more: no copy of it, and no record that the new one would owe again.
    ///
    /// - Throws: `RebuildRefused` where the log does not take it in time.
    private func settleDown() async throws {
        copying?.cancel()
        await copying?.value
        let began = time.instant
        while appending > 0 {
            guard time.instant - began < Limits.owedReturn else {
                throw RebuildRefused("owing", "what the shard owes is still on its way to the log: ask again later")
            }
            try await time.sleep(for: Limits.verifyPause)
        }
    }

    /// Copies of the old file would bring it back. They go first: a process that is killed next has lost a short cut,
    /// and one that is killed before has swapped nothing.
    ///
    /// - Throws: `RebuildRefused` where one may still be there.
    private func removeSnapshots() async throws {
        // One that was begun in the last moment is to be removed with the others.
        copying?.cancel()
        await copying?.value
        (snapshotted, copiedAt) = (nil, nil)
        guard let store = pool.settings.snapshots else { return }
        let (shard, service, version) = (partition, logic.service, logic.schemaVersion)
        do {
            try await disk.run {
                for copy in try store.list(service: service, shard: shard) where copy.schemaVersion == version {
                    try store.remove(copy)
                }
            }
        } catch {
            throw RebuildRefused(
                "snapshots-stay", "snapshots of the old file, which would bring it back, cannot be removed: \(error)")
        }
    }

    /// At every moment the name is that of a whole file, the old or the new one.
    ///
    /// - Parameter verified: where the file stood that was compared.
    /// - Returns: the old one's name.
    private func exchange(for verified: [Topic: Int64]) async throws -> String {
        try await removeSnapshots()
        await closeFile()
        let (url, logic, shard, partitions) = (url, logic, partition, pool.settings.partitions)
        return try await disk.run {
            let (rebuilt, replaced) = (url.appendingPathExtension("rebuild"), url.appendingPathExtension("replaced"))
            // What is in a log of the old file would be taken for the new one's.
            try ShardFile<Logic>.settle(url)
            try ShardFile<Logic>.settle(rebuilt) { db in
                let positions = try ShardFile<Logic>.positions(db)
                guard try ShardFile.isOurs(db, logic: logic, partition: shard, partitions: partitions),
                    verified.allSatisfy({ positions[$0.key]?.next ?? 0 == $0.value })
                else { throw RebuildRefused("not-verified", "the rebuilt file is not the one that was compared") }
            }
            Failpoint.reach("swapping")
            Shadow.removeFiles(at: replaced)
            try FileManager.default.linkItem(at: url, to: replaced)
            guard rename(rebuilt.path, url.path) == 0 else {
                throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
            }
            Failpoint.reach("swapped")
            return replaced.lastPathComponent
        }
    }
}

extension ShardFile {
    /// Moves all that was written into the file itself.
    ///
    /// - Parameter check: looks at it first.
    /// - Throws: `DatabaseError` while somebody still reads it; `CocoaError` where it is gone, since an empty one would
    ///   be made.
    static func settle(_ url: URL, check: (Database) throws -> Void = { _ in }) throws {
        guard FileManager.default.fileExists(atPath: url.path) else { throw CocoaError(.fileNoSuchFile) }
        var configuration = Configuration()
        configuration.busyMode = .timeout(Limits.busySeconds)
        let file = try DatabaseQueue(path: url.path, configuration: configuration)
        try file.read(check)
        try file.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try file.close()
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: url.path + suffix) }
    }
}
