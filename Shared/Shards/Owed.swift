import Contracts
import Kafka
import Logging

/// What a shard owes, as of the last look.
struct Owed: Sendable, Equatable {
    var records = 0
    /// When the oldest fact became due, as its record will say: so the age outlives a restart, and an owner.
    var since: Timestamp?

    init() {}

    init(_ entries: [Ledger.Entry]) {
        records = entries.count
        since = entries.map(\.event.time).min()
    }

    func seconds(at now: Timestamp) -> Double? {
        since.map { max(0, Double(now.milliseconds - $0.milliseconds) / 1_000) }
    }
}

extension ShardRunner {
    /// They are in the log, and not owed any more.
    func note(_ entries: [Ledger.Entry], _ appended: [Coordinates]) {
        owed = Owed()
        for (entry, place) in zip(entries, appended) where entry.event.correlation != .none {
            logger.info(
                "owed record appended",
                metadata: metadata(place.topic, place.offset, entry.event.id, entry.event.type, entry.event.correlation)
            )
        }
    }

    /// A line for each record that a request caused; of beats only for whoever wants to see all.
    func tell(_ records: [TracedRecord]) {
        for one in records where one.correlation != .none {
            logger.log(
                level: isKept(one.topic) ? .info : .debug, "folded",
                metadata: metadata(one.topic, one.offset, one.eventId, one.type, one.correlation))
        }
    }

    private func metadata(
        _ topic: Topic, _ offset: Int64, _ eventId: String, _ type: String, _ correlation: Correlation
    ) -> Logger.Metadata {
        correlation.metadata.merging([
            "topic": "\(names.name(topic))", "partition": "\(partition)", "offset": "\(offset)",
            "eventId": "\(eventId)",
            "type": "\(type)",
        ]) { $1 }
    }
}

extension Correlation {
    /// As log lines have it.
    public var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let id { metadata["correlationId"] = "\(id)" }
        if let causationId { metadata["causationId"] = "\(causationId)" }
        if let trace {
            metadata["traceId"] = "\(trace.traceId)"
            metadata["parentSpanId"] = "\(trace.spanId)"
        }
        return metadata
    }
}
