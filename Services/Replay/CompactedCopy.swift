import Contracts
import Kafka

/// Copies a topic whose last record of a key counts: what the target lacks of the last ones, in the source's order.
///
/// Brokers compact the two topics each in its own time, so they are never compared record by record; and whichever run
/// was killed, what is still missing can be seen in the topics themselves.
struct CompactedCopy {
    let source: String
    let target: String
    let route: Route
    let scan: LogScan
    let writer: TargetWriter

    func run() async throws -> TopicResult {
        var result = TopicResult(topic: source)
        let wanted = try await LastByKey(source, partitions: route.from, scan)
        let present = try await LastByKey(target, partitions: route.to, scan)
        var marks = try await scan.ranges(target, partitions: route.to).map { Mark(next: $0.upperBound) }
        let missing = Dictionary(grouping: wanted.last.filter { present.last[$0.key]?.digest != $0.value.digest }) {
            $0.value.partition
        }
        result.records = wanted.last.count
        var line = ProgressLine(source, of: Int64(missing.values.reduce(0) { $0 + $1.count }))
        let offsets = missing.mapValues { Set($0.map(\.value.offset)) }
        let ranges = offsets.compactMapValues { all in
            all.min().flatMap { low in all.max().map { low..<$0 + 1 } }
        }
        try await scan.read(source, ranges) { records in
            var batch: [(record: OutgoingRecord, digest: RecordDigest)] = []
            for record in records where offsets[record.partition]?.contains(record.offset) == true {
                let owner = Owner(record, among: route.from)
                let partition = route.partition(of: owner, from: record.partition)
                if let reason = owner.deadLetter {
                    result.name(
                        .init(
                            partition: record.partition, offset: record.offset, targetPartition: partition,
                            reason: reason))
                }
                batch.append(
                    (TargetWriter.outgoing(record, to: target, partition: partition), RecordDigest(record)))
            }
            try await writer.append(batch, &marks)
            result.copied += batch.count
            line.advance(batch.count)
            return true
        }
        result.deadLetters = wanted.deadLetters
        return result
    }
}

/// The last record of every key of a compacted topic.
struct LastByKey {
    struct Found: Equatable {
        let partition: Int32
        let offset: Int64
        let digest: RecordDigest
        let isDeadLetter: Bool
    }

    /// By key; a record without one stands for itself.
    private(set) var last: [ArraySlice<UInt8>: Found] = [:]

    var deadLetters: Int { last.values.count { $0.isDeadLetter } }

    init(_ topic: String, partitions: Int32, _ scan: LogScan) async throws {
        var ranges: [Int32: Range<Int64>] = [:]
        for (partition, range) in try await scan.ranges(topic, partitions: partitions).enumerated() {
            ranges[Int32(partition)] = range
        }
        try await scan.read(topic, ranges) { records in
            for record in records {
                let digest = RecordDigest(record)
                let key = record.key.map { Array($0)[...] } ?? ArraySlice("\(digest)".utf8)
                last[key] = Found(
                    partition: record.partition, offset: record.offset, digest: digest,
                    isDeadLetter: Owner(record, among: partitions).deadLetter != nil)
            }
            return true
        }
    }
}
