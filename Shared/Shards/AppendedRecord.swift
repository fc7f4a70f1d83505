import Contracts
import Kafka

/// A record that the log has acknowledged, and where.
public struct AppendedRecord: Sendable, Equatable {
    public var offset: Int64
    /// What tells it from every other record, also from a later one of the same event.
    public var stamp: String

    public init(offset: Int64, stamp: String) {
        (self.offset, self.stamp) = (offset, stamp)
    }

    /// - Parameter time: the record's.
    public init(_ event: Event, at time: Timestamp, offset: Int64) {
        self.init(offset: offset, stamp: Kafka.Record.stamp(event.id, time.milliseconds))
    }
}

extension EventLog {
    /// Appends as one batch, with the time of appending as the records' time, so that an event that is appended again
    /// can be told from its first record.
    ///
    /// - Returns: the last record; nil where nobody knows its offset.
    public func append(_ events: [Event], to topic: Topic, stampedAt time: Timestamp) async throws -> AppendedRecord? {
        let places = try await append(events, to: topic, at: time)
        guard let event = events.last, let place = places.last, place.offset >= 0 else { return nil }
        return AppendedRecord(event, at: time, offset: place.offset)
    }
}
