import Kafka

/// Appends records at a rate, and keeps the checkpoint.
///
/// What one partition gets arrives in the order of sending and without a gap, so of what was sent when a run was
/// killed the target has the first records and no others; whoever resumes looks at the target's end for them.
struct Delivery {
    struct Item {
        var record: OutgoingRecord
        /// Where it comes from; grows within a partition.
        var source: Int64
    }

    let producer: KafkaProducer
    let rate: Int
    let path: String
    var checkpoint: Checkpoint
    private var line: ProgressLine
    private var pace: Pace

    init(_ producer: KafkaProducer, rate: Int, checkpoint: Checkpoint, path: String, _ what: String, of total: Int) {
        (self.producer, self.rate, self.checkpoint, self.path) = (producer, rate, checkpoint, path)
        pace = Pace(rate: rate)
        line = ProgressLine(what, of: Int64(total))
    }

    /// Half a second's worth, so that a low rate is not a burst and a pause.
    private var batch: Int { min(Limits.deliveryBatch, max(1, rate / 2)) }

    mutating func send(_ items: [Item]) async throws {
        var rest = items[...]
        while !rest.isEmpty {
            let now = rest.prefix(batch)
            rest = rest.dropFirst(batch)
            try await ContinuousClock().sleep(until: pace.due)
            pace.note(now.count)
            let offsets = try await producer.send(now.map(\.record))
            for (item, offset) in zip(now, offsets) {
                checkpoint.note(item.record.partition, source: item.source, target: offset)
            }
            try checkpoint.write(path)
            line.advance(now.count)
        }
    }

    mutating func finish() throws {
        checkpoint.isDone = true
        try checkpoint.write(path)
    }
}
