import Kafka

/// The records that dead letters tell of, from the log.
struct LetterRecords: Sendable {
    private let found: [TopicPartition: [Int64: DecodedRecord]]

    init(_ letters: [FoundLetter], _ session: Session) async throws {
        var wanted = Dictionary(grouping: letters, by: \.place).mapValues { Array(Set($0.map(\.offset))).sorted() }
        var counts: [String: Int32] = [:]
        for topic in Set(letters.map(\.topic)) { counts[topic] = try await session.partitionCount(topic) }
        var found: [TopicPartition: [Int64: DecodedRecord]] = [:]
        // One of each partition at a time.
        while !wanted.isEmpty {
            let next = wanted.compactMapValues(\.first)
            for (place, record) in try await session.scan.records(at: next) where record.offset == next[place] {
                found[place, default: [:]][record.offset] = DecodedRecord(
                    record, partitions: counts[place.topic] ?? 1)
            }
            wanted = wanted.mapValues { Array($0.dropFirst()) }.filter { !$0.value.isEmpty }
        }
        self.found = found
    }

    /// Nil where the log has trimmed it away.
    subscript(letter: FoundLetter) -> DecodedRecord? { found[letter.place]?[letter.offset] }

    /// Whose it is, as far as it can be told: by its source, else by its key.
    func dealership(_ letter: FoundLetter) -> String? {
        guard let decoded = self[letter] else { return nil }
        if let dealership = decoded.dealership { return dealership }
        return RecordView.text(decoded.record.key).map { String($0.prefix { $0 != "/" }) }
    }
}
