import ArgumentParser
import Kafka

/// Sends values of 256 bytes round robin, in awaited batches of which several are under way at a time.
struct Produce: AsyncParsableCommand {
    @OptionGroup var options: BenchmarkOptions

    /// A batch of 1,000, ten at a time: the 10,000 records that the C program's queue holds.
    private static let batch = 1_000
    private static let batchesAtOnce = 10

    func run() async throws {
        let producer = try KafkaProducer(configuration: options.configuration(), kind: .kept, logger: options.logger)
        let value = [UInt8](repeating: UInt8(ascii: "v"), count: 256)
        // Connects and learns the topic, as the C program does before it looks at the clock.
        try await producer.send(record(value, 0))
        let clock = ContinuousClock()
        let began = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            for first in stride(from: 0, to: options.records, by: Self.batch) {
                if running == Self.batchesAtOnce {
                    try await group.next()
                    running -= 1
                }
                let last = min(first + Self.batch, options.records)
                group.addTask { _ = try await producer.send((first..<last).map { record(value, $0) }) }
                running += 1
            }
            try await group.waitForAll()
        }
        options.report(options.records, began.duration(to: clock.now))
        _ = await producer.close(timeout: .seconds(10))
    }

    private func record(_ value: [UInt8], _ index: Int) -> OutgoingRecord {
        OutgoingRecord(
            topic: options.topic, partition: Int32(index) % options.partitions, key: nil, value: value, headers: [],
            timestamp: nil)
    }
}
