import Contracts
import Foundation
import Kafka
import Logging
import Metrics

/// Copies of this shard's file for other instances, and theirs for this one.
extension ShardRunner {
    // MARK: Making

    /// Once in a while, beside the folding.
    func snapshotIfDue() {
        guard phase == .live, copying == nil, let store = pool.settings.snapshots, let file,
            keptRecords - (snapshotted ?? 0) >= pool.settings.snapshotEvery,
            copiedAt.map({ time.instant - $0 >= Limits.snapshotPause }) ?? true
        else { return }
        copying = Task { await self.makeSnapshot(of: file, in: store) }
    }

    /// Records folded, of all kept topics.
    private var keptRecords: Int64 { next.reduce(0) { isKept($1.key) ? $0 + $1.value : $0 } }

    func makeSnapshot(of file: ShardFile<Logic>, in store: any SnapshotStore) async {
        let copy = url.appendingPathExtension("copy")
        do {
            try await pool.copies.enter()
        } catch {
            copying = nil
            return
        }
        do {
            if let snapshot = try await publish(file, copy, in: store) {
                Counter(label: "dc_snapshots", dimensions: [("result", "made")]).increment()
                logger.info(
                    "snapshot made",
                    metadata: ["records": "\(snapshot.records)", "mebibytes": "\(snapshot.bytes >> 20)"])
            }
        } catch  where Task.isCancelled || phase == .closed {
            // The shard has moved.
        } catch {
            // It only makes restores longer; the next one is tried after a pause.
            Counter(label: "dc_snapshots", dimensions: [("result", "failed")]).increment()
            logger.warning("no snapshot could be made", metadata: ["error": "\(error)"])
        }
        try? await disk.run { try FileManager.default.removeItem(at: copy) }
        copiedAt = time.instant
        copying = nil
        await pool.copies.leave()
    }

    /// - Returns: nil if the newest one is near enough.
    private func publish(_ file: ShardFile<Logic>, _ copy: URL, in store: any SnapshotStore) async throws -> Snapshot? {
        let (logic, partition, partitions) = (logic, partition, pool.settings.partitions)
        let mine = try await disk.run {
            try? FileManager.default.removeItem(at: copy)
            return try store.list(service: logic.service, shard: partition)
                .filter { $0.schemaVersion == logic.schemaVersion && $0.partitions == partitions }
        }
        // One that claims more than there is comes from a log that was lost: it does not count.
        let folded = keptRecords
        let (good, bad) = (mine.filter { $0.records <= folded }, mine.filter { $0.records > folded })
        let newest = good.first?.records ?? 0
        snapshotted = newest
        guard keptRecords - newest >= pool.settings.snapshotEvery else { return nil }
        let positions = try await file.copy(to: copy)
        Failpoint.reach("snapshot-copied")
        let madeAt = pool.settings.clock()
        let snapshot = try await disk.run {
            let (hash, bytes) = try Snapshot.sha256(of: copy)
            let snapshot = Snapshot(
                service: logic.service, shard: partition, partitions: partitions, schemaVersion: logic.schemaVersion,
                madeAt: madeAt,
                positions: positions.reduce(into: [:]) {
                    $0[$1.key.rawValue] = Snapshot.Position(next: $1.value.next, lastId: $1.value.lastId)
                },
                bytes: bytes, sha256: hash)
            try store.publish(copy, as: snapshot)
            for old in bad + good.dropFirst(Limits.snapshotsKept - 1) { try store.remove(old) }
            return snapshot
        }
        snapshotted = snapshot.records
        return snapshot
    }

    // MARK: Using

    /// Puts the nearest snapshot that the log agrees with in the file's place, where that leaves much less to fold.
    ///
    /// - Parameter behind: records that the file lacks.
    func adoptSnapshot(behind: Int64, in ranges: [TopicPartition: Range<Int64>]) async throws {
        guard let store = pool.settings.snapshots, !takesLogAsItIs else { return }
        let (service, partition) = (logic.service, partition)
        let all: [Snapshot]
        do {
            all = try await disk.run { try store.list(service: service, shard: partition) }
        } catch {
            return logger.warning("snapshots cannot be listed", metadata: ["error": "\(error)"])
        }
        for snapshot in all where snapshot.schemaVersion == logic.schemaVersion {
            guard let saved = gain(snapshot, behind, ranges), saved > pool.settings.restoreApartAbove else { continue }
            do {
                try await adopt(snapshot, from: store)
                return logger.info(
                    "snapshot adopted", metadata: ["records": "\(snapshot.records)", "madeAt": "\(snapshot.madeAt)"])
            } catch let error where !(error is SnapshotRefused) {
                try Task.checkCancellation()
                logger.warning("a snapshot cannot be used", metadata: ["error": "\(error)"])
            } catch {
                Counter(label: "dc_snapshots", dimensions: [("result", "refused")]).increment()
                logger.warning("a snapshot was refused", metadata: ["why": "\(error)", "madeAt": "\(snapshot.madeAt)"])
                // Or it would count as the newest, and no better one would be made.
                _ = try? await disk.run { try store.remove(snapshot) }
            }
        }
    }

    /// - Returns: how many records fewer would be left to fold; nil if it cannot be of this log.
    private func gain(_ snapshot: Snapshot, _ behind: Int64, _ ranges: [TopicPartition: Range<Int64>]) -> Int64? {
        guard snapshot.partitions == pool.settings.partitions else { return nil }
        var left: Int64 = 0
        for feed in logic.feeds where feed.kind == .kept {
            guard let range = ranges[place(feed.topic)] else { return nil }
            let next = snapshot.positions[feed.topic.rawValue]?.next ?? 0
            guard next >= range.lowerBound, next <= range.upperBound else { return nil }
            left += range.upperBound - next
        }
        return behind - left
    }

    private func adopt(_ snapshot: Snapshot, from store: any SnapshotStore) async throws {
        try await checkLog(snapshot)
        let (url, logic, partition, partitions) = (url, logic, partition, pool.settings.partitions)
        let incoming = url.appendingPathExtension("incoming")
        try await disk.run {
            try? FileManager.default.removeItem(at: incoming)
            try store.fetch(snapshot, to: incoming)
            do {
                let (hash, _) = try Snapshot.sha256(of: incoming)
                guard hash == snapshot.sha256 else { throw SnapshotRefused("the file is not the one described") }
                let isOurs = try ShardFile.isOurs(incoming, logic: logic, partition: partition, partitions: partitions)
                guard isOurs else { throw SnapshotRefused("the file is of another shard or version") }
            } catch {
                try? FileManager.default.removeItem(at: incoming)
                throw error
            }
        }
        guard phase != .closed else { throw CancellationError() }
        await closeFile()
        try await disk.run {
            for suffix in ["", "-wal", "-shm"] {
                do { try FileManager.default.removeItem(atPath: url.path + suffix) } catch CocoaError.fileNoSuchFile {}
            }
            try FileManager.default.moveItem(at: incoming, to: url)
        }
        adopted = snapshot
        snapshotted = snapshot.records
    }

    /// The records that it says it folded last must stand in the log where it says.
    private func checkLog(_ snapshot: Snapshot) async throws {
        var expected: [TopicPartition: LogCheck.Expected] = [:]
        for feed in logic.feeds where feed.kind == .kept {
            guard let position = snapshot.positions[feed.topic.rawValue],
                position.next > begins[feed.topic, default: 0]
            else { continue }
            expected[place(feed.topic)] = LogCheck.Expected(offset: position.next - 1, stamp: position.lastId)
        }
        let check = LogCheck(client: pool.client, time: time, logger: logger)
        guard let (place, finding) = try await check.differences(expected).first else { return }
        throw SnapshotRefused("the log differs at \(place) \(expected[place]?.offset ?? 0): \(finding)")
    }
}

/// The snapshot is not a copy of what this log says; another one, or the log itself, will do.
struct SnapshotRefused: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
