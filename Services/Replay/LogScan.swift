import Kafka
import Logging

/// The log, as this tool reads it: whole stretches of a topic.
struct LogScan: Sendable {
    let configuration: KafkaConfiguration
    let admin: KafkaAdmin
    let logger: Logger

    /// From the oldest to after the newest offset, by partition.
    func ranges(_ topic: String, partitions: Int32) async throws -> [Range<Int64>] {
        let all = (0..<partitions).map { TopicPartition(topic, $0) }
        let found = try await admin.offsets(all)
        return all.map { found[$0] ?? 0..<0 }
    }

    /// Reads the records of each partition's range, each partition in its order.
    /// - Parameter body: takes a batch of several partitions; false ends the reading.
    func read(
        _ topic: String, _ ranges: [Int32: Range<Int64>], _ body: ([Record]) async throws -> Bool
    ) async throws {
        var open = OpenRanges(ranges)
        guard !open.isEmpty else { return }
        let reader = try KafkaReader(configuration: configuration, logger: logger)
        do {
            try await reader.start(open.starts(topic))
            while !open.isEmpty, let event = try await reader.next() {
                switch event {
                case .records(let records):
                    // What was appended after the ends were asked for is the next run's.
                    let wanted = records.filter { open.contains($0) }
                    if !wanted.isEmpty, try await !body(wanted) { open.close() }
                    for record in records { open.pass(record.partition, next: record.offset + 1) }
                case .reachedEnd(let place, let offset):
                    open.pass(place.partition, next: offset)
                case .fault(_, let error):
                    throw error
                default:
                    break
                }
            }
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
        try Task.checkCancellation()
    }
}
