import Kafka

/// The records that dead letters tell of, from the log.
struct LetterRecords: Sendable {
    private let found: [TopicPartition: [Int64: DecodedRecord]]

    init(_ letters: [FoundLetter], _ session: Session) async throws {
        let wanted = Dictionary(grouping: letters, by: \.place).mapValues { Set($0.map(\.offset)) }
        var counts: [String: Int32] = [:]
        for topic in Set(letters.map(\.topic)) { counts[topic] = try await session.partitionCount(topic) }
        let few = wanted.filter { $0.value.count <= Limits.soughtLetters }
        let many = wanted.filter { $0.value.count > Limits.soughtLetters }
        let records = try await session.scan.seek(few) + session.scan.sweep(many)
        found = Dictionary(grouping: records, by: \.topicPartition).mapValues { all in
            Dictionary(all.map { ($0.offset, DecodedRecord($0, partitions: counts[$0.topic] ?? 1)) }) { $1 }
        }
    }

    /// Nil where the log has trimmed it away.
    subscript(letter: FoundLetter) -> DecodedRecord? { found[letter.place]?[letter.offset] }

    /// Whose it is, as far as it can be told: by its source, else by its key, which another program may have made of
    /// anything.
    func dealership(_ letter: FoundLetter, unmask: Bool = false) -> String? {
        guard let decoded = self[letter] else { return nil }
        let text =
            decoded.dealership ?? RecordView.text(decoded.record.key).map { String($0.prefix { $0 != "/" }) }
        return unmask ? text : text.map(Mask.label)
    }
}

extension LogScan {
    /// One record of each place at a time.
    fileprivate func seek(_ offsets: [TopicPartition: Set<Int64>]) async throws -> [Record] {
        var found: [Record] = []
        var wanted = offsets.mapValues { $0.sorted()[...] }
        while !wanted.isEmpty {
            let next = wanted.compactMapValues(\.first)
            found += try await records(at: next).values.filter { $0.offset == next[$0.topicPartition] }
            wanted = wanted.mapValues { $0.dropFirst() }.filter { !$0.value.isEmpty }
        }
        return found
    }

    /// From the first to the last of each place, once.
    fileprivate func sweep(_ offsets: [TopicPartition: Set<Int64>]) async throws -> [Record] {
        var found: [Record] = []
        let ranges = try await admin.offsets(Array(offsets.keys))
        for (topic, places) in Dictionary(grouping: offsets.keys, by: \.topic) {
            var stretches: [Int32: Range<Int64>] = [:]
            for place in places {
                guard let low = offsets[place]?.min(), let high = offsets[place]?.max(), let log = ranges[place] else {
                    continue
                }
                stretches[place.partition] = (low..<high + 1).clamped(to: log)
            }
            try await read(topic, stretches) { records in
                found += records.filter { offsets[$0.topicPartition]?.contains($0.offset) == true }
                return true
            }
        }
        return found
    }
}
