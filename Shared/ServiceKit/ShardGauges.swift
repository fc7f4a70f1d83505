import Contracts
import Metrics
import Shards

/// The gauges of the shards that are held here.
final class ShardGauges: Sendable {
    /// All of them, so that a state in which no shard is shows 0.
    static let states = ["opening", "restoring", "live", "holding", "stopped", "halted", "closed"]

    private let shards = GaugeSet("dc_shards")
    private let lagRecords = GaugeSet("dc_consumer_lag_records")
    private let lagSeconds = GaugeSet("dc_consumer_lag_seconds")
    private let owed = GaugeSet("dc_owed_records")
    private let owedAge = GaugeSet("dc_owed_oldest_seconds")
    private let deadLetters = GaugeSet("dc_dead_letter_records")
    private let restoreRecords = GaugeSet("dc_restore_remaining_records")
    private let restoreSeconds = GaugeSet("dc_restore_remaining_seconds")
    private let restoreRate = GaugeSet("dc_restore_records_per_second")
    private let rebuildRecords = GaugeSet("dc_rebuild_remaining_records")
    private let rebuildSeconds = GaugeSet("dc_rebuild_remaining_seconds")
    private let rebuildRate = GaugeSet("dc_rebuild_records_per_second")

    func set(_ all: [ShardStatus]) {
        shards.set(Self.states(of: all))
        deadLetters.set(Self.deadLetters(of: all))
        owed.set(Self.byShard(all) { Double($0.owed) })
        owedAge.set(Self.byShard(all) { $0.owedSeconds ?? 0 })
        // 0 for whatever is not being restored, or has stopped in the middle of it.
        restoreRecords.set(Self.byShard(all) { Double($0.restore?.left ?? 0) })
        restoreSeconds.set(Self.byShard(all) { Double($0.restore?.secondsLeft ?? 0) })
        restoreRate.set(Self.byShard(all) { Double($0.restore?.recordsPerSecond ?? 0) })
        // Of the file beside the live one: nothing of it is in the figures of the shard itself.
        rebuildRecords.set(Self.byShard(all) { Double($0.rebuild?.left ?? 0) })
        rebuildSeconds.set(Self.byShard(all) { Double($0.rebuild?.secondsLeft ?? 0) })
        rebuildRate.set(Self.byShard(all) { $0.rebuild.map { $0.left > 0 ? Double($0.recordsPerSecond) : 0 } ?? 0 })
        lagRecords.set(Self.byTopic(all) { $0.lag.map(Double.init) })
        lagSeconds.set(Self.byTopic(all) { $0.lagSeconds })
    }

    static func states(of all: [ShardStatus]) -> [[String: String]: Double] {
        var counts = Dictionary(uniqueKeysWithValues: states.map { (["state": $0], 0.0) })
        for shard in all { counts[["state": shard.state], default: 0] += 1 }
        return counts
    }

    static func deadLetters(of all: [ShardStatus]) -> [[String: String]: Double] {
        var counts = Dictionary(uniqueKeysWithValues: MalformedEvent.reasons.map { (["reason": $0], 0.0) })
        for shard in all {
            for (reason, count) in shard.deadLetterReasons ?? [:] {
                counts[["reason": reason], default: 0] += Double(count)
            }
        }
        return counts
    }

    private static func byShard(_ all: [ShardStatus], _ value: (ShardStatus) -> Double) -> [[String: String]: Double] {
        Dictionary(all.map { (["shard": "\($0.shard)"], value($0)) }) { $1 }
    }

    private static func byTopic(
        _ all: [ShardStatus], _ value: (ShardStatus.TopicStatus) -> Double?
    ) -> [[String: String]: Double] {
        var values: [[String: String]: Double] = [:]
        for shard in all {
            for topic in shard.topics {
                values[["shard": "\(shard.shard)", "topic": topic.topic]] = value(topic)
            }
        }
        return values
    }
}
