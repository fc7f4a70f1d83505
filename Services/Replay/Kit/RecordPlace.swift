import ArgumentParser
import Kafka

/// `TOPIC/PARTITION/OFFSET`, as every command names a record.
struct RecordPlace: ExpressibleByArgument, Equatable, Sendable {
    var topic: String
    var partition: Int32
    var offset: Int64

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let partition = Int32(parts[1]), let offset = Int64(parts[2]),
            partition >= 0, offset >= 0
        else { return nil }
        (topic, self.partition, self.offset) = (String(parts[0]), partition, offset)
    }
}

extension JSONText {
    /// The members that say where a record stands.
    mutating func place(_ record: Record) {
        name("topic")
        string(record.topic)
        name("partition")
        integer(record.partition)
        name("offset")
        integer(record.offset)
    }
}
