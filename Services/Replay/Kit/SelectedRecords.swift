import Contracts
import Kafka

/// A selection on the log as it is now: its ends were sampled first, so that a reading ends however busy the topic is.
struct SelectedRecords: Sendable {
    let topic: String
    let partitions: Int32
    private(set) var filter: Filter
    let limit: Int?
    /// By partition: what is read to find them.
    private(set) var ranges: [Int32: Range<Int64>]
    private let scan: LogScan

    init(_ selection: Selection, _ session: Session, now: Timestamp = .now) async throws {
        let topic = session.topic(selection.topic)
        let partitions = try await session.partitionCount(topic)
        (self.topic, self.partitions) = (topic, partitions)
        filter = try selection.filter(now: now)
        limit = selection.limit
        scan = session.scan
        if let wrong = selection.partition.first(where: { $0 >= partitions }) {
            throw Refusal("\(topic) has \(partitions) partitions, and so none of number \(wrong)")
        }
        let chosen = selection.partition.isEmpty ? Array(0..<partitions) : Array(Set(selection.partition))
        let places = chosen.map { TopicPartition(topic, $0) }
        let all = try await session.admin.offsets(places)
        var ranges = Dictionary(uniqueKeysWithValues: places.map { ($0.partition, all[$0] ?? 0..<0) })
        if let wanted = selection.offsets.flatMap(Selection.range) {
            ranges = try ranges.mapValues { range in
                let low = max(wanted.low ?? range.lowerBound, range.lowerBound)
                let high = min(wanted.high ?? range.upperBound, range.upperBound)
                guard low < high else {
                    throw Refusal("\(topic)/\(chosen[0]) has the offsets \(range.lowerBound)..\(range.upperBound)")
                }
                return low..<high
            }
        }
        if let from = filter.from {
            // Only where the reading begins: times are in no order, so every record is asked for its own.
            let starts = try await session.admin.offsets(places, at: from.milliseconds)
            ranges = Dictionary(
                uniqueKeysWithValues: ranges.map { partition, range in
                    let start = starts[TopicPartition(topic, partition)] ?? range.lowerBound
                    return (partition, min(max(start, range.lowerBound), range.upperBound)..<range.upperBound)
                })
        }
        self.ranges = ranges
    }

    /// Shortens each partition's part to its last records.
    mutating func keepLast(_ count: Int64) {
        ranges = ranges.mapValues { max($0.lowerBound, $0.upperBound - count)..<$0.upperBound }
    }

    /// Of earlier redeliveries.
    mutating func leaveOutCopies() {
        filter.withoutCopies = true
    }

    /// Records that will be read to find them.
    var toRead: Int64 { ranges.values.reduce(0) { $0 + Int64($1.count) } }

    /// - Parameter body: takes what was found in a batch, each partition in its order, and how many were read for it.
    /// - Returns: false if `limit` ended it.
    @discardableResult
    func read(_ body: ([Record], _ read: Int) async throws -> Void) async throws -> Bool {
        var left = limit ?? .max
        let meansAll = limit == nil && filter == Filter()
        // Which records are the first ones does not depend on how the broker answers.
        let parts = limit == nil ? [ranges] : ranges.sorted { $0.key < $1.key }.map { [$0.key: $0.value] }
        for part in parts where left > 0 {
            try await scan.read(topic, part) { records in
                let found = meansAll ? records : Array(records.filter(filter.matches).prefix(left))
                left -= found.count
                try await body(found, records.count)
                return left > 0
            }
        }
        return left > 0
    }
}
