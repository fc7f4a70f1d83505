import Contracts
import Kafka

/// Looks at what would be redelivered, and writes nothing.
struct Planning {
    let session: Session
    let selected: SelectedRecords
    let target: TargetCluster
    let targetTopic: String

    private struct Counts {
        var parts: [Int32: Plan.Part] = [:]
        var types: [String: Int] = [:]
        var dealerships: [String: Int] = [:]
        var events: [EventKey: Int] = [:]
    }

    func plan(_ purpose: Purpose, rate: Int) async throws -> Plan {
        let source = Plan.Side(
            cluster: try await session.cluster(), topic: selected.topic, partitions: selected.partitions)
        guard let partitions = try await target.admin.partitionCount(targetTopic) else {
            throw Refusal(
                "there is no topic \(targetTopic) on the target: make it with \(selected.partitions) partitions first")
        }
        guard partitions == selected.partitions else {
            throw Refusal(
                "\(targetTopic) has \(partitions) partitions and \(selected.topic) has \(selected.partitions): a "
                    + "dealership's records would not stay in order. Make a topic with \(selected.partitions)")
        }
        let places = (0..<partitions).map { TopicPartition(targetTopic, $0) }
        let ends = try await target.admin.offsets(places)
        let topic = try await target.topic(targetTopic)
        var counts = try await count(to: topic, Provenance.bytes(to: selected.topic, purpose))
        guard !counts.parts.isEmpty else { throw Refusal("no record of \(selected.topic) is meant by these flags") }
        for (partition, _) in counts.parts {
            counts.parts[partition]?.targetEnd = ends[TopicPartition(targetTopic, partition)]?.upperBound ?? 0
        }
        var plan = Plan(
            id: Identifier.timeOrdered(at: .now), madeAt: .now, by: purpose.person, reason: purpose.reason,
            source: source,
            target: Plan.Side(
                cluster: target.identity, topic: targetTopic, partitions: partitions,
                bootstrapServers: target.isOther ? target.kafka.bootstrapServers : nil),
            filter: selected.filter, parts: counts.parts.values.sorted { $0.partition < $1.partition },
            types: counts.types, dealerships: counts.dealerships, alreadyThere: 0, rate: rate)
        try topic.checkKeeps(
            counts.parts.values.compactMap(\.firstTime).min(),
            until: plan.madeAt.adding(milliseconds: Int64(plan.estimatedSeconds) * 1_000))
        plan.alreadyThere =
            plan.isToItself ? counts.events.values.reduce(0, +) : try await present(counts.events, places, ends)
        return plan
    }

    /// - Parameter more: bytes that a copy has beside its record's.
    private func count(to topic: TargetTopic, _ more: Int64) async throws -> Counts {
        var counts = Counts()
        var line = ProgressLine("\(selected.topic): looking", of: selected.toRead)
        try await selected.read { records, read in
            for record in records {
                let mark = Mark.Last(offset: record.offset, digest: RecordDigest(record))
                var part =
                    counts.parts[record.partition]
                    ?? Plan.Part(
                        partition: record.partition, first: mark, last: mark)
                part.last = mark
                part.records += 1
                let size = record.size
                try topic.checkTakes(size + more, "the copy of \(record.topicPartition)/\(record.offset)")
                part.bytes += size
                if Limits.times.contains(record.timestamp) {
                    let time = Timestamp(milliseconds: record.timestamp)
                    part.firstTime = min(part.firstTime ?? time, time)
                    part.lastTime = max(part.lastTime ?? time, time)
                }
                counts.parts[record.partition] = part
                counts.types[EventType.short(record) ?? "none", default: 0] += 1
                counts.dealerships[Self.dealership(record), default: 0] += 1
                if let event = EventKey(record) { counts.events[event, default: 0] += 1 }
            }
            line.advance(read)
        }
        return counts
    }

    private static func dealership(_ record: Record) -> String {
        let source = RecordView.text(record.header("ce_source"))?.split(separator: "/") ?? []
        if source.count > 1, source[0] == "dealerships" { return String(source[1]) }
        return RecordView.text(record.key).map { String($0.prefix { $0 != "/" }) } ?? "none"
    }

    /// How many of them the target has.
    private func present(
        _ events: [EventKey: Int], _ places: [TopicPartition], _ ends: [TopicPartition: Range<Int64>]
    ) async throws -> Int {
        var missing = events
        var found = 0
        var line = ProgressLine(
            "\(targetTopic): what is there", of: ends.values.reduce(0) { $0 + Int64($1.count) })
        let ranges = Dictionary(uniqueKeysWithValues: places.map { ($0.partition, ends[$0] ?? 0..<0) })
        try await target.scan.read(targetTopic, ranges) { records in
            for record in records {
                if let count = EventKey(record).flatMap({ missing.removeValue(forKey: $0) }) { found += count }
            }
            line.advance(records.count)
            return !missing.isEmpty
        }
        return found
    }
}

extension Record {
    /// Bytes of key, value and headers.
    var size: Int64 { Int64((key?.count ?? 0) + (value?.count ?? 0)) + headers.size }
}

extension OutgoingRecord {
    /// Bytes of key, value and headers.
    var size: Int64 { Int64((key?.count ?? 0) + (value?.count ?? 0)) + headers.size }
}

extension [Header] {
    fileprivate var size: Int64 { reduce(0) { $0 + Int64($1.name.utf8.count + ($1.value?.count ?? 0)) } }
}
