import Kafka

/// How far one partition has been read or written.
struct Mark: Codable, Equatable, Sendable {
    /// The next offset.
    var next: Int64
    /// The record before it; nil where there was none.
    var last: Last?

    struct Last: Codable, Equatable, Sendable {
        var offset: Int64
        var digest: RecordDigest
    }

    mutating func move(past offset: Int64, _ digest: RecordDigest) {
        next = offset + 1
        last = Last(offset: offset, digest: digest)
    }
}

/// A moment at which the target has exactly what the source has before these offsets. By partition.
struct Cut: Codable, Equatable, Sendable {
    var source: [Mark]
    var target: [Mark]
    /// Records copied until then, and how many of them are dead letters.
    var records = 0
    var deadLetters = 0

    init(source: [Range<Int64>], target: [Range<Int64>]) {
        self.source = source.map { Mark(next: $0.lowerBound) }
        self.target = target.map { Mark(next: $0.lowerBound) }
    }
}
