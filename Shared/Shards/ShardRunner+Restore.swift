import Contracts
import Foundation
import GRDB
import Kafka
import Logging

/// From the file's positions to a started, soon live shard.
extension ShardRunner {
    func restoreUntilStarted() async {
        var delay = Limits.retryFirst
        while !Task.isCancelled, phase != .closed {
            do {
                return try await restore()
            } catch let trouble as LogTrouble {
                return await halt(trouble)
            } catch let error as KafkaError where error == .notAssigned {
                return  // A revoke came in between.
            } catch is CancellationError {
                return
            } catch let error as DatabaseError where error.isDamage {
                logger.error("the shard's file is damaged: set aside and folded anew", metadata: ["error": "\(error)"])
                await closeFile()
                do {
                    try await setFileAside(as: "damaged")
                    continue
                } catch {
                    return await halt(why: "the damaged file could not be set aside: \(error)")
                }
            } catch {
                guard phase != .closed else { return }
                logger.error("shard cannot start, will retry", metadata: ["error": "\(error)"])
                phase = .stopped("\(error)")
                try? await time.sleep(for: delay)
                delay = min(delay * 2, Limits.retryMost)
            }
        }
    }

    /// The old file is the evidence of what the log was: out of the way, not deleted.
    func restoreAnew() async {
        await closeFile()
        do {
            try await setFileAside(as: "halted")
        } catch {
            if phase == .opening { await halt(why: "the old file could not be set aside: \(error)") }
            return
        }
        await restoreUntilStarted()
    }

    private func restore() async throws {
        // A stopped shard says why until it has started again.
        if phase == .opening { phase = .restoring }
        let starts = try await catchUp()
        guard !Task.isCancelled, phase != .closed else { throw CancellationError() }
        phase = .restoring
        started = true
        do {
            try await member?.start(
                Dictionary(uniqueKeysWithValues: starts.map { (names.name($0.key), $0.value) }), partition: partition)
        } catch {
            started = false
            throw error
        }
        checkLive()
    }

    /// Folds apart what is far behind, from the nearest snapshot if there is one; a shadow all of it, from no snapshot.
    ///
    /// - Parameter limits: of kept topics, the positions to stop at and not to pass; nil: the log's ends as they are now.
    /// - Returns: where to start each topic for the rest.
    func catchUp(to limits: [Topic: Int64]? = nil) async throws -> [Topic: Int64] {
        if let trouble = pool.partitionTrouble { throw trouble }
        var file = try await openFile()
        let places = logic.feeds.map { place($0.topic) }
        let ranges = try await pool.client.ranges(places)
        try Task.checkCancellation()
        for feed in logic.feeds { begins[feed.topic] = ranges[place(feed.topic)]?.lowerBound }
        var positions = try await disk.run { [file] in try file.positions() }
        adopted = nil
        let lacking = lacking(positions, ranges)
        if shadow == nil, lacking > pool.settings.restoreApartAbove {
            try await adoptSnapshot(behind: lacking, in: ranges)
            if self.file == nil {
                file = try await openFile()
                positions = try await disk.run { [file] in try file.positions() }
            }
        }
        var starts = try await plan(file, positions, ranges, limits)
        let behind = targets.reduce(0) { $0 + $1.value - next[$1.key, default: 0] }
        guard behind > (shadow == nil ? pool.settings.restoreApartAbove : 0) else { return starts }
        try await restoreApart(file, starts: starts, records: behind, limits)
        for feed in logic.feeds where feed.kind != .memory {
            let position = next[feed.topic, default: 0]
            let verifies = feed.kind == .kept && position > begins[feed.topic, default: 0]
            starts[feed.topic] = verifies ? position - 1 : position
            if verifies { verifying.insert(feed.topic) }
        }
        return starts
    }

    /// Records of kept topics after the file's positions; none where the log cannot be the file's: that is no matter
    /// for a snapshot.
    private func lacking(
        _ positions: [Topic: ShardFile<Logic>.Position], _ ranges: [TopicPartition: Range<Int64>]
    ) -> Int64 {
        var records: Int64 = 0
        for feed in logic.feeds where feed.kind == .kept {
            guard let range = ranges[place(feed.topic)] else { continue }
            let position = positions[feed.topic]?.next ?? 0
            guard position <= range.upperBound, position >= range.lowerBound || positions.isEmpty else { return 0 }
            records += range.upperBound - position
        }
        return records
    }

    /// Where each topic starts and ends, and which are started one record early.
    private func plan(
        _ file: ShardFile<Logic>, _ positions: [Topic: ShardFile<Logic>.Position],
        _ ranges: [TopicPartition: Range<Int64>], _ limits: [Topic: Int64]?
    ) async throws -> [Topic: Int64] {
        var starts: [Topic: Int64] = [:]
        (next, targets, verifying, last) = ([:], [:], [], [:])
        for feed in logic.feeds {
            guard let range = ranges[place(feed.topic)] else { continue }
            ends[feed.topic] = range.upperBound
            switch feed.kind {
            case .memory:
                starts[feed.topic] = range.upperBound
            case .fromStart:
                // It has no position to stop at; what was folded of it at first will do.
                if limits != nil { continue }
                try await disk.run { try file.forget(feed.topic) }
                (starts[feed.topic], next[feed.topic]) = (range.lowerBound, range.lowerBound)
                if !range.isEmpty { targets[feed.topic] = range.upperBound }
            case .kept:
                var position = positions[feed.topic]?.next ?? 0
                if takesLogAsItIs, positions[feed.topic] == nil, range.lowerBound > 0 {
                    try await disk.run { try file.begin(feed.topic, at: range.lowerBound) }
                    position = range.lowerBound
                }
                if let folded = positions[feed.topic], !folded.lastId.isEmpty {
                    last[feed.topic] = LogCheck.Expected(offset: folded.next - 1, stamp: folded.lastId)
                }
                starts[feed.topic] = try start(feed.topic, position, in: range)
                next[feed.topic] = position
                let end = limits.map { $0[feed.topic, default: 0] } ?? range.upperBound
                if position < end { targets[feed.topic] = end }
            }
        }
        return starts
    }

    /// One record early, so that its identity shows whether the log is the one that was folded.
    private func start(_ topic: Topic, _ position: Int64, in range: Range<Int64>) throws -> Int64 {
        guard position <= range.upperBound else {
            throw LogTrouble(.beyondEnd, topic, "the log ends at \(range.upperBound), \(position) was the next to fold")
        }
        guard position >= range.lowerBound else {
            throw LogTrouble(.trimmed, topic, "the log begins at \(range.lowerBound), \(position) was the next to fold")
        }
        guard position > range.lowerBound else { return position }
        verifying.insert(topic)
        return position - 1
    }
}
