import Kafka

/// Appends to the target, and sees at once if anybody else does.
struct TargetWriter: Sendable {
    let producer: KafkaProducer

    static func outgoing(_ record: Record, to topic: String, partition: Int32) -> OutgoingRecord {
        OutgoingRecord(
            topic: topic, partition: partition, key: record.key.map { Array($0) },
            value: record.value.map { Array($0) },
            headers: record.headers, timestamp: record.timestamp < 0 ? nil : record.timestamp)
    }

    /// - Parameter marks: by partition, the target's end; moved past the records.
    /// - Throws: `Refusal` if they came to stand elsewhere than there.
    func append(_ batch: [(record: OutgoingRecord, digest: RecordDigest)], _ marks: inout [Mark]) async throws {
        for ((record, digest), offset) in zip(batch, try await producer.send(batch.map(\.record))) {
            let expected = marks[Int(record.partition)].next
            // -1: in the log, at an offset that the broker did not tell.
            guard offset == expected || offset < 0 else {
                throw Refusal(
                    "\(record.topic)/\(record.partition): a record came to stand at \(offset) instead of \(expected): "
                        + "something else writes to this topic, or the broker lost a part of it. Stop what writes "
                        + "there, delete the target's topics and begin again")
            }
            marks[Int(record.partition)].move(past: expected, digest)
        }
    }
}
