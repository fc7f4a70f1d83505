import Kafka

extension LogScan {
    /// The first record at or after each offset, or from the log's start where it begins later. A place without one
    /// before its present end is left out.
    func records(at offsets: [TopicPartition: Int64]) async throws -> [TopicPartition: Record] {
        let ranges = try await admin.offsets(Array(offsets.keys))
        var waiting: [TopicPartition: Int64] = [:]
        for (place, offset) in offsets {
            guard let range = ranges[place], offset < range.upperBound else { continue }
            waiting[place] = max(offset, range.lowerBound)
        }
        var found: [TopicPartition: Record] = [:]
        guard !waiting.isEmpty else { return found }
        let reader = try KafkaReader(configuration: configuration, logger: logger)
        do {
            try await reader.start(waiting)
            while !waiting.isEmpty, let event = try await reader.next() {
                switch event {
                case .records(let records):
                    for record in records where waiting.removeValue(forKey: record.topicPartition) != nil {
                        found[record.topicPartition] = record
                    }
                    try await reader.stop(Set(records.map(\.topicPartition)).filter { waiting[$0] == nil }.map(\.self))
                case .reachedEnd(let place, _): waiting[place] = nil
                case .fault(_, let error): throw error
                default: break
                }
            }
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
        try Task.checkCancellation()
        return found
    }

    /// The record that stands at a place; nil where none does.
    func record(_ place: TopicPartition, _ offset: Int64) async throws -> Record? {
        try await records(at: [place: offset])[place].flatMap { $0.offset == offset ? $0 : nil }
    }
}
