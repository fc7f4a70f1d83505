import Kafka

/// What is still to be read of each partition of a topic.
///
/// A batch has a partition's records one after the other: the range is looked up where they begin, and not for each.
struct OpenRanges {
    private var ranges: [Int32: Range<Int64>]
    private var last: (partition: Int32, range: Range<Int64>?)?

    init(_ ranges: [Int32: Range<Int64>]) {
        self.ranges = ranges.filter { !$0.value.isEmpty }
    }

    var isEmpty: Bool { ranges.isEmpty }

    /// Where the reading of each begins.
    func starts(_ topic: String) -> [TopicPartition: Int64] {
        Dictionary(uniqueKeysWithValues: ranges.map { (TopicPartition(topic, $0), $1.lowerBound) })
    }

    mutating func contains(_ record: Record) -> Bool {
        range(record.partition)?.contains(record.offset) == true
    }

    /// - Parameter next: everything before it has been read.
    mutating func pass(_ partition: Int32, next: Int64) {
        guard let range = range(partition), next >= range.upperBound else { return }
        ranges[partition] = nil
        last = nil
    }

    mutating func close() {
        (ranges, last) = ([:], nil)
    }

    private mutating func range(_ partition: Int32) -> Range<Int64>? {
        if let last, last.partition == partition { return last.range }
        let range = ranges[partition]
        last = (partition, range)
        return range
    }
}
