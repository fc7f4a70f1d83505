import Contracts
import Kafka

/// Carries a plan out, from wherever an earlier run has left it.
struct Redelivery {
    let plan: Plan
    let session: Session
    let target: TargetCluster

    // MARK: Whether the log is the one that was planned for

    /// - Throws: `Refusal` that says what has changed.
    func check() async throws {
        let cluster = try await session.cluster()
        guard cluster.isSame(as: plan.source.cluster) else {
            throw Refusal("the plan reads from the cluster \(plan.source.cluster), this is \(cluster)")
        }
        guard target.identity.isSame(as: plan.target.cluster) else {
            throw Refusal("the plan writes to the cluster \(plan.target.cluster), this is \(target.identity)")
        }
        try await check(plan.source, session.admin)
        try await check(plan.target, target.admin)
        let places = plan.parts.map { TopicPartition(plan.source.topic, $0.partition) }
        let ranges = try await session.admin.offsets(places)
        for (part, place) in zip(plan.parts, places) {
            let range = ranges[place] ?? 0..<0
            guard range.lowerBound <= part.range.lowerBound else {
                throw Refusal(
                    "\(place) begins at \(range.lowerBound) now, after \(part.range.lowerBound), where the plan begins: "
                        + "its head was trimmed. Make the plan anew")
            }
            guard range.upperBound >= part.range.upperBound else {
                throw Refusal(
                    "\(place) ends at \(range.upperBound) now, before \(part.range.upperBound): it lost its tail")
            }
        }
        try await check { $0.first }
        try await check { $0.last }
    }

    private func check(_ side: Plan.Side, _ admin: KafkaAdmin) async throws {
        let count = try await admin.partitionCount(side.topic)
        guard count == side.partitions else {
            throw Refusal(
                "\(side.topic) had \(side.partitions) partitions when the plan was made, and has "
                    + "\(count.map(String.init) ?? "gone") now. Make the plan anew")
        }
    }

    private func check(_ mark: (Plan.Part) -> Mark.Last) async throws {
        let wanted = Dictionary(
            uniqueKeysWithValues: plan.parts.map {
                (TopicPartition(plan.source.topic, $0.partition), mark($0))
            })
        let found = try await session.scan.records(at: wanted.mapValues(\.offset))
        for (place, mark) in wanted.sorted(by: { $0.key.partition < $1.key.partition }) {
            guard let record = found[place], Mark.Last(offset: record.offset, digest: RecordDigest(record)) == mark
            else {
                throw Refusal(
                    "another record stands at \(place)/\(mark.offset) than the planned one: the topic was made anew, or "
                        + "the broker lost a part of it. Make the plan anew")
            }
        }
    }

    // MARK: What an earlier run has sent

    /// - Parameter known: the file's, where there is one.
    func place(_ known: Checkpoint?) async throws -> Checkpoint {
        var checkpoint = Checkpoint(
            subject: plan.sha256, begunAt: known?.begunAt ?? .now,
            places: plan.parts.map {
                .init(partition: $0.partition, next: $0.range.lowerBound, targetNext: $0.targetEnd)
            })
        let topic = plan.target.topic
        let places = plan.parts.map { TopicPartition(topic, $0.partition) }
        let ranges = try await target.admin.offsets(places)
        if let known {
            for place in try await stillStanding(known, ranges) { checkpoint[place.partition] = place }
        }
        var tails: [Int32: Range<Int64>] = [:]
        for place in checkpoint.places {
            let range = ranges[TopicPartition(topic, place.partition)] ?? 0..<0
            let start = max(place.targetNext, range.lowerBound)
            guard start <= range.upperBound else {
                throw Refusal(
                    "\(topic)/\(place.partition) ended at \(place.targetNext) when the plan was made, and at "
                        + "\(range.upperBound) now: it was made anew, or lost its tail. Make the plan anew")
            }
            tails[place.partition] = start..<range.upperBound
        }
        var found = checkpoint
        var other: String?
        try await target.scan.read(topic, tails) { records in
            for record in records {
                if let source = Provenance.source(of: record, plan) {
                    found.note(record.partition, source: source, target: record.offset)
                } else if let id = Provenance.redelivery(of: record), id != plan.id {
                    other = id
                }
            }
            return true
        }
        // The plan's age does not tell: two people may have planned the same day within the hour.
        if let other, known == nil, found.written == 0 {
            throw Refusal(
                "the redelivery \(other) has written to \(topic) since this plan was made: what it says of the target "
                    + "does not hold any more. Make the plan anew")
        }
        return found
    }

    /// The file's places up to which the target has not lost its tail: the others are looked for from the plan's offset
    /// on.
    private func stillStanding(
        _ known: Checkpoint, _ ranges: [TopicPartition: Range<Int64>]
    ) async throws -> [Checkpoint.Place] {
        let written = known.places.filter { $0.written > 0 }
        let lasts = Dictionary(
            uniqueKeysWithValues: written.map { (TopicPartition(plan.target.topic, $0.partition), $0.targetNext - 1) })
        let found = try await target.scan.records(at: lasts)
        return written.filter { place in
            let partition = TopicPartition(plan.target.topic, place.partition)
            return Self.isStanding(place, end: ranges[partition]?.upperBound ?? 0, found[partition], plan)
        }
    }

    /// - Parameters:
    ///   - end: of the target.
    ///   - record: the target's first at or after the place's last one.
    static func isStanding(_ place: Checkpoint.Place, end: Int64, _ record: Record?, _ plan: Plan) -> Bool {
        guard place.targetNext <= end else { return false }
        // Trimmed or compacted since: it was there, and who asked for it has had it.
        guard let record, record.offset == place.targetNext - 1 else { return true }
        return Provenance.source(of: record, plan) == place.next - 1
    }

    // MARK: Sending the rest

    func send(_ delivery: inout Delivery) async throws {
        var ranges: [Int32: Range<Int64>] = [:]
        for part in plan.parts {
            let start = delivery.checkpoint[part.partition]?.next ?? part.range.lowerBound
            ranges[part.partition] = min(start, part.range.upperBound)..<part.range.upperBound
        }
        var ongoing = delivery
        let time = Timestamp.now
        try await session.scan.read(plan.source.topic, ranges) { records in
            try await ongoing.send(
                records.filter(plan.filter.matches).map {
                    Delivery.Item(record: Provenance.outgoing($0, plan, at: time), source: $0.offset)
                })
            return true
        }
        delivery = ongoing
        try delivery.finish()
    }

    /// In words; nil where all that was planned is there.
    func difference(_ checkpoint: Checkpoint) -> String? {
        let missing = plan.parts.filter { checkpoint[$0.partition]?.written != $0.records }
        guard let first = missing.first else { return nil }
        return "of partition \(first.partition) \(first.records) records were planned and "
            + "\(checkpoint[first.partition]?.written ?? 0) are there: the source was compacted or trimmed before they were "
            + "sent, or the target lost them afterwards, or refused one of them. A new plan sends what is left"
    }
}
