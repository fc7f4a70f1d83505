import Contracts
import Foundation
import GRDB
import Kafka
import Logging

/// A shard that is folded anew from the log's start, into a file beside the live one, by the same code as a restore.
///
///     waiting ──▶ rebuilding ──▶ rebuilt ◀──▶ verifying ──▶ verified ──▶ swapping ──▶ (the file is live)
///                     └─────▶ failed              ▲            │
///                                                 └────────────┘
///
/// Nothing of it outlives the shard: what a killed process leaves may be of another version of the fold, so that is
/// deleted, and a rebuild begins anew.
actor ShardRebuild<Logic: ShardLogic> {
    private let pool: ShardPool<Logic>
    private let shadow: ShardRunner<Logic>
    private let logger: Logger
    private var state = RebuildStatus.State.waiting
    private var why: String?
    private var work: Task<Void, Never>?
    /// Folds once more, to see which record wrote a row that differs.
    private var watcher: ShardRunner<Logic>?
    private var positions: [Topic: Int64] = [:]
    private var tables: [TableReport]?

    init(pool: ShardPool<Logic>, partition: Int32) {
        self.pool = pool
        shadow = ShardRunner(pool: pool, partition: partition, member: nil, shadow: .rebuild)
        logger = shadow.logger
    }

    func launch() {
        work = Task { await self.build() }
    }

    /// Under way, or of use.
    var isOfUse: Bool { state != .failed }

    private func build() async {
        do {
            try await pool.rebuilds.enter()
        } catch {
            return
        }
        do {
            await shadow.removeFiles()
            state = .rebuilding
            _ = try await shadow.catchUp()
            try Task.checkCancellation()
            positions = await shadow.keptPositions
            state = .rebuilt
            logger.info("rebuilt", metadata: ["positions": "\(described)"])
        } catch  where Task.isCancelled {
            // The shard has moved.
        } catch {
            (state, why) = (.failed, "\(error)".replacing("{shard}", with: "\(shadow.partition)"))
            logger.error("the rebuild failed", metadata: ["error": "\(error)"])
            await shadow.closeFile()
            await shadow.removeFiles()
        }
        Failpoint.reach("rebuilt")
        await pool.rebuilds.leave()
    }

    /// - Returns: when everything has ended and its files are gone.
    func end() async {
        (state, why) = (.failed, "it was given up")
        work?.cancel()
        await shadow.close()
        await watcher?.close()
        await work?.value
        await shadow.removeFiles()
        await watcher?.removeFiles()
    }

    // MARK: Verifying

    /// Compares with the live file, at a position that both have; the live one serves on.
    ///
    /// - Throws: `RebuildRefused` while there is nothing to compare.
    func verify(_ live: ShardFile<Logic>) throws {
        switch state {
        case .verifying: return
        case .rebuilt, .verified: break
        case .waiting, .rebuilding:
            throw RebuildRefused("rebuild-under-way", "the rebuild is under way: ask again later")
        case .swapping: throw RebuildRefused("swap-under-way", "the rebuilt file is being put in place")
        case .failed: throw RebuildRefused("rebuild-failed", "the rebuild failed: \(why ?? ""); ask for another")
        }
        (state, why, tables) = (.verifying, nil, nil)
        work = Task { await self.compare(live) }
    }

    private func compare(_ live: ShardFile<Logic>) async {
        // Reads all of two files, and may fold once more: as much work for the disk as a rebuild.
        do { try await pool.rebuilds.enter() } catch { return }
        do {
            var found = try await compareTables(live)
            if found.contains(where: { !$0.isSame }) { try await findWriters(&found) }
            (tables, state) = (found, .verified)
            let different = found.filter { !$0.isSame }.map(\.table)
            logger.notice(
                "verified", metadata: ["positions": "\(described)", "differentTables": "\(different)"])
        } catch  where Task.isCancelled {
            // The shard has moved.
        } catch {
            (state, why) = (.rebuilt, "the comparison failed: \(error)")
            logger.error("the comparison failed", metadata: ["error": "\(error)"])
        }
        await pool.rebuilds.leave()
    }

    /// A snapshot of the live file says where to stop: the shadow folds up to there and no further.
    private func compareTables(_ live: ShardFile<Logic>) async throws -> [TableReport] {
        let began = pool.settings.time.instant
        while true {
            let snapshot = try await pool.settings.disk.run { try live.pool.makeSnapshot() }
            let limits = try await pool.settings.disk.run {
                try snapshot.read { try ShardFile<Logic>.positions($0) }.mapValues(\.next)
            }
            if positions.allSatisfy({ limits[$0.key, default: 0] >= $0.value }) {
                _ = try await shadow.catchUp(to: limits)
                positions = await shadow.keptPositions
                guard let file = await shadow.file, positions.allSatisfy({ limits[$0.key, default: 0] == $0.value })
                else { throw RebuildRefused("no-common-position", "the log has not what the live shard has folded") }
                return try await compare(snapshot, file)
            }
            // The rebuilt file has read what is still on its way to the live one.
            guard pool.settings.time.instant - began < Limits.verifyWait else {
                throw RebuildRefused("live-behind", "the live shard does not come to where the rebuilt file is")
            }
            try await pool.settings.time.sleep(for: Limits.verifyPause)
        }
    }

    private func compare(_ live: DatabaseSnapshot, _ rebuilt: ShardFile<Logic>) async throws -> [TableReport] {
        let (logic, disk) = (shadow.logic, pool.settings.disk)
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await disk.run {
                try live.read { live in
                    try rebuilt.pool.read { rebuilt in
                        try logic.canonicalTables.map { table in
                            try TableComparison(table, conversation: logic.conversation(of: table)) {
                                if isCancelled.isRaised { throw CancellationError() }
                            }.report(live: live, rebuilt: rebuilt)
                        }
                    }
                }
            }
        } onCancel: {
            isCancelled.raise()
            // A sort or a sum gives no row to look at the flag for. Nobody else has these connections.
            live.interrupt()
            rebuilt.pool.interrupt()
        }
    }

    /// Folds once more up to there, with an eye on the rows that were found.
    private func findWriters(_ tables: inout [TableReport]) async throws {
        var rows: [String: Set<Int64>] = [:]
        for table in tables {
            if let first = table.first, first.kind != .extra { rows[table.table] = [first.rowId] }
        }
        guard !rows.isEmpty else { return }
        let watch = RowWatch(rows)
        let watcher = ShardRunner(
            pool: pool, partition: shadow.partition, member: nil, shadow: .watching(watch))
        self.watcher = watcher
        await watcher.removeFiles()
        let result: Result<Void, any Error>
        do {
            _ = try await watcher.catchUp(to: positions)
            result = .success(())
        } catch { result = .failure(error) }
        await watcher.close()
        await watcher.removeFiles()
        self.watcher = nil
        try result.get()
        for (index, table) in tables.enumerated() {
            guard let first = table.first, let writer = watch.writer(of: first.rowId, in: table.table) else { continue }
            tables[index].first?.writer = .init(
                topic: pool.settings.names.name(writer.topic), partition: writer.partition, offset: writer.offset)
        }
    }

    // MARK: Swapping

    /// Ends what could still change the file, and closes it.
    ///
    /// - Parameter live: the live shard's next offsets.
    /// - Returns: where it stands, as it was verified.
    /// - Throws: `RebuildRefused` unless it was verified where it stands, and the live shard is hardly further.
    func release(live: [Topic: Int64]) async throws -> [Topic: Int64] {
        guard state == .verified else {
            throw RebuildRefused(
                "not-verified", "the rebuilt file was not compared with the live one at its position: verify it first")
        }
        let behind = positions.reduce(0) { $0 + max(0, live[$1.key, default: 0] - $1.value) }
        guard behind <= Limits.swapBehindRecords else {
            throw RebuildRefused(
                "behind", "the rebuilt file is \(behind) records behind the live one: verify it again, which folds them"
            )
        }
        state = .swapping
        await shadow.closeFile()
        return positions
    }

    /// It could not be put in place, and is as it was.
    func takeBack(_ error: any Error) {
        guard state == .swapping else { return }
        (state, why) = (.verified, "it could not be put in place: \(error)")
    }

    // MARK: Looking

    /// Without the rows that a verification found.
    func status() async -> RebuildStatus {
        let runner = watcher ?? shadow
        let progress = await runner.currentProgress
        return RebuildStatus(
            service: pool.logic.service, shard: shadow.partition, state: state, why: why,
            file: await shadow.url.lastPathComponent, records: progress?.records ?? 0,
            done: (progress?.records ?? 0) - (progress?.left ?? 0), left: progress?.left ?? 0,
            recordsPerSecond: progress?.recordsPerSecond ?? 0, secondsLeft: progress?.secondsLeft,
            positions: placed, isSame: state == .verified ? tables?.allSatisfy(\.isSame) : nil)
    }

    func report() async -> RebuildStatus {
        var status = await status()
        if state == .verified { status.verification = tables }
        return status
    }

    var placed: [RebuildStatus.Position] {
        positions.map { .init(topic: pool.settings.names.name($0.key), next: $0.value) }
            .sorted { $0.topic < $1.topic }
    }

    private var described: String { placed.map { "\($0.topic)=\($0.next)" }.joined(separator: " ") }
}
