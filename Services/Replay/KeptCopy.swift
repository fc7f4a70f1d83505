import Contracts
import Kafka

/// Copies a topic whose every record counts: each exactly once, whatever killed the run before.
///
/// A run begins at a cut, where the target has exactly what the source has before the cut's offsets: that of the
/// progress file, or the beginning. What the target has beyond it was sent by a run that was killed; the source tells
/// which records these are (`Surplus`), and they are passed over.
struct KeptCopy {
    let source: String
    let target: String
    let route: Route
    let scan: LogScan
    let writer: TargetWriter

    func run(_ file: inout ProgressFile) async throws -> TopicResult {
        let sources = try await scan.ranges(source, partitions: route.from)
        let targets = try await scan.ranges(target, partitions: route.to)
        var cut = try await start(file, sources, targets)
        let sent = try await sentBefore(cut, sources, targets)
        for (partition, range) in targets.enumerated() {
            cut.target[partition].last = sent.last(Int32(partition)) ?? cut.target[partition].last
            cut.target[partition].next = range.upperBound
        }
        return try await copy(from: cut, to: sources, skipping: sent.copied, &file)
    }

    private func start(
        _ file: ProgressFile, _ sources: [Range<Int64>], _ targets: [Range<Int64>]
    ) async throws -> Cut {
        let fresh = Cut(source: sources, target: targets)
        guard let cut = file[source] else { return fresh }
        if try await holds(cut.source, source, sources), try await holds(cut.target, target, targets) { return cut }
        Output.say("\(file.path) does not fit what \(source) and \(target) hold: comparing them from their starts")
        return fresh
    }

    /// The topic reaches the marks, and the record before each is the one that it was.
    private func holds(_ marks: [Mark], _ topic: String, _ ranges: [Range<Int64>]) async throws -> Bool {
        guard zip(marks, ranges).allSatisfy({ $0.next >= $1.lowerBound && $0.next <= $1.upperBound }) else {
            return false
        }
        var wanted: [Int32: Mark.Last] = [:]
        for (partition, mark) in marks.enumerated() { wanted[Int32(partition)] = mark.last }
        var same = 0
        try await scan.read(topic, wanted.mapValues { $0.offset..<$0.offset + 1 }) { records in
            same += records.count { wanted[$0.partition] == Mark.Last(offset: $0.offset, digest: RecordDigest($0)) }
            return true
        }
        return same == wanted.count
    }

    /// What the target has beyond the cut.
    private func sentBefore(
        _ cut: Cut, _ sources: [Range<Int64>], _ targets: [Range<Int64>]
    ) async throws -> Surplus {
        var surplus = Surplus()
        let beyond = Self.after(cut.target, targets)
        var line = ProgressLine(
            "\(target): reading what is there", of: beyond.values.reduce(0) { $0 + Int64($1.count) })
        try await scan.read(target, beyond) { records in
            for record in records {
                surplus.add(RecordDigest(record), partition: record.partition, offset: record.offset)
            }
            line.advance(records.count)
            return true
        }
        guard surplus.left > 0 else { return surplus }
        line = ProgressLine("\(source): finding it", of: Int64(surplus.left))
        try await scan.read(source, Self.after(cut.source, sources)) { records in
            for record in records {
                let owner = Owner(record, among: route.from)
                let flow = Flow(from: record.partition, to: route.partition(of: owner, from: record.partition))
                if surplus.take(RecordDigest(record), flow) { line.advance(1) }
            }
            return surplus.left > 0
        }
        if let stranger = surplus.stranger {
            throw Refusal(
                "\(target)/\(stranger.partition)@\(stranger.offset) and \(surplus.left - 1) other records were not "
                    + "copied from \(source) in its order: services have run on the target, or something else wrote to "
                    + "it. Nothing was changed. If the target is of no use, delete its topics and begin again")
        }
        return surplus
    }

    private func copy(
        from start: Cut, to sources: [Range<Int64>], skipping copied: [Flow: Int], _ file: inout ProgressFile
    ) async throws -> TopicResult {
        var result = TopicResult(topic: source)
        var cut = start
        let ranges = Self.after(cut.source, sources)
        var line = ProgressLine(source, of: ranges.values.reduce(0) { $0 + Int64($1.count) })
        var skip = copied
        // Until all of it has been passed, the target is ahead of the source's marks, and that is no cut.
        var toSkip = copied.values.reduce(0, +)
        var written = ContinuousClock.now
        try await scan.read(source, ranges) { records in
            var batch: [(record: OutgoingRecord, digest: RecordDigest)] = []
            for record in records {
                try Self.refuseDecision(record, source)
                let owner = Owner(record, among: route.from)
                let flow = Flow(from: record.partition, to: route.partition(of: owner, from: record.partition))
                let digest = RecordDigest(record)
                cut.source[Int(flow.from)].move(past: record.offset, digest)
                cut.records += 1
                if let reason = owner.deadLetter {
                    cut.deadLetters += 1
                    result.name(
                        .init(
                            partition: flow.from, offset: record.offset, targetPartition: flow.to, reason: reason))
                }
                if let count = skip[flow], count > 0 {
                    skip[flow] = count - 1
                    toSkip -= 1
                } else {
                    batch.append((TargetWriter.outgoing(record, to: target, partition: flow.to), digest))
                }
            }
            try await writer.append(batch, &cut.target)
            result.copied += batch.count
            line.advance(records.count)
            if toSkip == 0, written.duration(to: .now) >= Limits.progress {
                try file.write(cut, of: source)
                written = .now
            }
            return true
        }
        try file.write(cut, of: source)
        result.records = cut.records
        result.deadLetters = cut.deadLetters
        return result
    }

    /// It names an offset of the source; in the copy that is another record's, and a corrected event would be lost.
    private static func refuseDecision(_ record: Record, _ source: String) throws {
        let decision = try? DeadLetterSettlement(value: record.value, header: record.header)
        guard let letter = decision?.letter else { return }
        throw Refusal(
            "\(source)/\(record.partition)@\(record.offset) is a decision about the dead letter at "
                + "\(letter.partition)@\(letter.offset), which would mean nothing in the copy: topics with such records "
                + "cannot be copied yet. The copy is of no use; delete its topics")
    }

    private static func after(_ marks: [Mark], _ ranges: [Range<Int64>]) -> [Int32: Range<Int64>] {
        var found: [Int32: Range<Int64>] = [:]
        for (partition, range) in ranges.enumerated() {
            let start = max(marks[partition].next, range.lowerBound)
            found[Int32(partition)] = start..<max(start, range.upperBound)
        }
        return found
    }
}
