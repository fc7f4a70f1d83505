import Kafka

/// Which lines of a file a killed run has brought to a partition's tail, where others may have written too.
///
/// What one partition gets arrives in the order of sending, so these are its next lines, without a gap.
struct LandedLines {
    private let tail: [(offset: Int64, digest: RecordDigest)]
    private var next = 0
    /// Lines that nobody can recognise: the log has the time of their sending.
    private var timeless: [Int64] = []
    private var gap: Gap?

    private struct Gap {
        var line: Int64
        var rest: Set<RecordDigest>
    }

    init(_ tail: [(offset: Int64, digest: RecordDigest)]) {
        self.tail = tail
    }

    /// - Parameter record: the partition's next line.
    /// - Returns: what is there by this, with offsets; less than 0 for one that nobody knows.
    /// - Throws: `Refusal` if a line before it is not there: those behind it would be appended a second time.
    mutating func find(_ record: OutgoingRecord, line: Int64) throws(Refusal) -> [(line: Int64, offset: Int64)] {
        guard next < tail.count else { return [] }
        guard record.timestamp != nil else {
            if gap == nil { timeless.append(line) }
            return []
        }
        let digest = RecordDigest(record)
        if let gap {
            guard gap.rest.contains(digest) else { return [] }
            throw Refusal(
                "\(record.topic)/\(record.partition) has line \(line) and not line \(gap.line): it refused that one, or "
                    + "has deleted it since. Going on would append what is behind it a second time: look at what is "
                    + "there, and import the rest as a file of its own")
        }
        guard let index = tail[next...].firstIndex(where: { $0.digest == digest }) else {
            gap = Gap(line: line, rest: Set(tail[next...].map(\.digest)))
            return []
        }
        next = index + 1
        defer { timeless = [] }
        return timeless.map { (line: $0, offset: -1) } + [(line: line, offset: tail[index].offset)]
    }
}
