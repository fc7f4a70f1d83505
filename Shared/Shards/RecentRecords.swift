import Contracts

/// A record that was folded while the shard was live, and what it came of.
public struct TracedRecord: Sendable, Equatable {
    public var topic: Topic
    public var offset: Int64
    public var eventId: String
    public var type: String
    public var correlation: Correlation
}

/// The newest records of a shard, for the streams that tell them on: in memory only, since nothing depends on it.
struct RecentRecords {
    struct Entry {
        var record: TracedRecord
        var foldedAt: ContinuousClock.Instant
        var isTold = false
    }

    private struct Place: Hashable {
        var topic: Topic
        var offset: Int64
    }

    /// A stream tells a record some milliseconds after its fold; this many come in seconds at the busiest.
    static let limit = 1_024

    private var entries: [Place: Entry] = [:]
    private var order: [Place] = []

    mutating func note(_ records: [TracedRecord], at now: ContinuousClock.Instant) {
        for record in records.suffix(Self.limit) {
            let place = Place(topic: record.topic, offset: record.offset)
            if entries.updateValue(Entry(record: record, foldedAt: now), forKey: place) == nil { order.append(place) }
        }
        let surplus = order.count - Self.limit
        // Half at once: to take the first of an array moves all others.
        guard surplus > Self.limit / 2 else { return }
        for place in order.prefix(surplus) { entries[place] = nil }
        order.removeFirst(surplus)
    }

    subscript(topic: Topic, offset: Int64) -> TracedRecord? { entries[Place(topic: topic, offset: offset)]?.record }

    /// - Returns: the record as it was before it was told.
    mutating func tell(_ topic: Topic, _ offset: Int64) -> Entry? {
        let place = Place(topic: topic, offset: offset)
        guard let entry = entries[place] else { return nil }
        entries[place]?.isTold = true
        return entry
    }
}
