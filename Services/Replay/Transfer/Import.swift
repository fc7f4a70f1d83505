import Contracts
import Kafka

/// Appends the lines of an export, each exactly as it is, from wherever an earlier run has left it.
struct Import {
    let lines: ExportLines
    let into: TargetTopic
    let partitions: Int32
    let target: TargetCluster

    private var topic: String { into.name }

    struct Counts {
        var records = 0
        var bytes = 0
        var decisions = 0
        /// Nil where none has a time that can be told.
        var oldest: Timestamp?
        /// By partition.
        var first: [Int32: Int64] = [:]
        var perPartition: [Int32: Int] = [:]
    }

    /// Reads all of it once, so that a line that is wrong is found before anything is written.
    func count() async throws -> Counts {
        var counts = Counts()
        try await lines.read(to: topic) { number, record in
            guard (0..<partitions).contains(record.partition) else {
                throw Refusal(
                    "\(lines.path), line \(number): partition \(record.partition), and \(topic) has \(partitions): "
                        + "import to a topic with as many as the export's. Nothing was written")
            }
            try into.checkTakes(record.size, "\(lines.path), line \(number)")
            if let time = record.timestamp, Limits.times.contains(time) {
                let time = Timestamp(milliseconds: time)
                counts.oldest = min(counts.oldest ?? time, time)
            }
            counts.records += 1
            counts.bytes += (record.key?.count ?? 0) + (record.value?.count ?? 0)
            if EventType.short(record)?.hasPrefix("dead-letter.") == true { counts.decisions += 1 }
            if counts.first[record.partition] == nil { counts.first[record.partition] = number }
            counts.perPartition[record.partition, default: 0] += 1
        }
        return counts
    }

    /// Said of topics that services fold: a subscriber does not know the type, and passes over it.
    static func warning(_ decisions: Int, _ topic: String) -> String {
        "\(decisions) of them are decisions about dead letters (dead amend, dead discard), which name offsets: services "
            + "that read \(topic) take them for decisions about whatever stands there"
    }

    /// Where a first run begins: at each partition's first line, and at the target's ends as they are now.
    func start(_ counts: Counts, _ subject: String) async throws -> Checkpoint {
        let chosen = counts.first.keys.sorted()
        let ends = try await target.admin.offsets(chosen.map { TopicPartition(topic, $0) })
        return Checkpoint(
            subject: subject, begunAt: .now,
            places: chosen.map { partition in
                .init(
                    partition: partition, next: counts.first[partition] ?? 1,
                    targetNext: ends[TopicPartition(topic, partition)]?.upperBound ?? 0)
            })
    }

    /// Moves the checkpoint past what the killed run had sent beyond it: lines that the target's tail has, in their
    /// order, the first ones of each partition.
    func resume(_ known: Checkpoint) async throws -> Checkpoint {
        let places = known.places.map { TopicPartition(topic, $0.partition) }
        let ranges = try await target.admin.offsets(places)
        var tails: [Int32: Range<Int64>] = [:]
        for place in known.places {
            let range = ranges[TopicPartition(topic, place.partition)] ?? 0..<0
            guard place.targetNext <= range.upperBound else {
                throw Refusal(
                    "\(topic)/\(place.partition) ends at \(range.upperBound), and had records up to \(place.targetNext): "
                        + "it lost its tail, or was made anew. Delete the checkpoint to import all of it again")
            }
            tails[place.partition] = max(place.targetNext, range.lowerBound)..<range.upperBound
        }
        var sent: [Int32: [(offset: Int64, digest: RecordDigest)]] = [:]
        try await target.scan.read(topic, tails) { records in
            for record in records { sent[record.partition, default: []].append((record.offset, RecordDigest(record))) }
            return true
        }
        var found = known
        var landed = sent.mapValues(LandedLines.init)
        try await lines.read(to: topic) { number, record in
            guard let place = found[record.partition], number >= place.next else { return }
            for (line, offset) in try landed[record.partition]?.find(record, line: number) ?? [] {
                found.note(record.partition, source: line, target: offset)
            }
        }
        return found
    }

    func send(_ delivery: inout Delivery) async throws {
        var ongoing = delivery
        var batch: [Delivery.Item] = []
        try await lines.read(to: topic) { number, record in
            guard let place = ongoing.checkpoint[record.partition], number >= place.next else { return }
            batch.append(Delivery.Item(record: record, source: number))
            guard batch.count == Limits.deliveryBatch else { return }
            try await ongoing.send(batch)
            batch = []
        }
        try await ongoing.send(batch)
        try ongoing.finish()
        delivery = ongoing
    }
}
