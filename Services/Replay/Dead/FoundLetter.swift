import Kafka
import Shards

/// A dead letter, and whose.
struct FoundLetter: Equatable, Sendable {
    var service: String
    var topic: String
    var partition: Int32
    var offset: Int64
    var eventId: String?
    var reason: String
    var detail: String
    /// What was decided about it.
    var settled: DeadLetter.Settled?

    var place: TopicPartition { TopicPartition(topic, partition) }

    /// In the log's order, and a service after the other.
    static func precedes(_ one: Self, _ other: Self) -> Bool {
        (one.topic, one.partition, one.offset, one.service) < (
            other.topic, other.partition, other.offset, other.service
        )
    }
}
