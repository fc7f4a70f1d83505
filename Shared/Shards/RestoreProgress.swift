import Contracts
import Foundation

/// How far a shard has come with folding what it lacks, for the log, `/status` and metrics.
struct RestoreProgress: Sendable {
    /// Records that were lacking when it began.
    let records: Int64
    let began: ContinuousClock.Instant
    /// The snapshot that it began with.
    let snapshot: Snapshot?
    private(set) var left: Int64
    private(set) var updated: ContinuousClock.Instant

    init(records: Int64, snapshot: Snapshot?, at now: ContinuousClock.Instant) {
        (self.records, self.snapshot, left) = (records, snapshot, records)
        (began, updated) = (now, now)
    }

    mutating func note(left: Int64, at now: ContinuousClock.Instant) {
        (self.left, updated) = (left, now)
    }

    /// Records a second, over the whole restore.
    var rate: Double {
        let seconds = (updated - began).seconds
        return seconds > 0 ? Double(records - left) / seconds : 0
    }

    /// Nil where nothing can be said yet.
    var secondsLeft: Double? { rate > 0 ? Double(left) / rate : nil }

    var status: ShardStatus.Restore {
        ShardStatus.Restore(
            records: records, left: left, recordsPerSecond: Int64(rate),
            secondsLeft: secondsLeft.map { Int64($0.rounded(.up)) }, snapshotMadeAt: snapshot?.madeAt)
    }
}
