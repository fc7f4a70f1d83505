import Contracts
import Kafka

/// Appends events: the topic's name, the dealership's partition and the CloudEvents headers in one place.
public struct EventLog: Sendable {
    public let names: TopicNames
    public let partitions: Int32
    public let appender: any LogAppender

    public init(names: TopicNames, partitions: Int32, appender: any LogAppender) {
        self.names = names
        self.partitions = partitions
        self.appender = appender
    }

    public func partition(of dealership: String) -> Int32 {
        Partitioner.partition(dealership, of: partitions)
    }

    /// The record as it goes on the wire; the same event always makes the same bytes.
    ///
    /// - Parameter time: the record's, where it is not the event's.
    public func record(_ event: Event, for topic: Topic, at time: Timestamp? = nil) -> OutgoingRecord {
        OutgoingRecord(
            topic: names.name(topic), partition: partition(of: event.dealership), key: Array(event.key.utf8),
            value: event.data, headers: CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) },
            timestamp: (time ?? event.time).milliseconds)
    }

    /// Waits for the acknowledgement, for as long as it takes.
    public func append(_ event: Event, to topic: Topic) async throws -> Coordinates {
        let record = record(event, for: topic)
        return Coordinates(topic: topic, partition: record.partition, offset: try await appender.send([record])[0])
    }

    /// As one batch, in order.
    ///
    /// - Parameter time: the records', where it is not each event's.
    public func append(_ events: [Event], to topic: Topic, at time: Timestamp? = nil) async throws -> [Coordinates] {
        let records = events.map { record($0, for: topic, at: time) }
        let offsets = try await appender.send(records)
        return zip(records, offsets).map { Coordinates(topic: topic, partition: $0.partition, offset: $1) }
    }

    /// For passing topics: sent if there is room, otherwise dropped.
    public func post(_ event: Event, to topic: Topic) {
        appender.post(record(event, for: topic))
    }
}
