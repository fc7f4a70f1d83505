import Crypto
import Kafka

/// What a record says, whatever its partition and offset: key, value, headers in their order, timestamp.
struct RecordDigest: Hashable, Codable, Sendable {
    private let high: UInt64
    private let low: UInt64

    init(_ record: Record) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        func append(_ part: (some Collection<UInt8>)?) {
            withUnsafeBytes(of: Int64(part?.count ?? -1).littleEndian) { bytes.append(contentsOf: $0) }
            if let part { bytes.append(contentsOf: part) }
        }
        append(record.key)
        append(record.value)
        let headers = record.headers
        append([UInt8(truncatingIfNeeded: headers.count)])
        for header in headers {
            append(header.name.utf8)
            append(header.value)
        }
        withUnsafeBytes(of: record.timestamp.littleEndian) { bytes.append(contentsOf: $0) }
        self.init(hashOf: bytes)
    }

    private init(hashOf bytes: [UInt8]) {
        var words: [UInt64] = [0, 0]
        for (index, byte) in SHA256.hash(data: bytes).prefix(16).enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        (high, low) = (words[0], words[1])
    }

    private init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    static let none = RecordDigest(high: 0, low: 0)

    /// Of a row of records: depends on their order.
    func followed(by next: RecordDigest) -> RecordDigest {
        var bytes: [UInt8] = []
        for word in [high, low, next.high, next.low] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return RecordDigest(hashOf: bytes)
    }

    /// Of a heap of records: does not depend on their order.
    func joined(with other: RecordDigest) -> RecordDigest {
        RecordDigest(high: high &+ other.high, low: low &+ other.low)
    }

    /// As the log will have it.
    init(_ record: OutgoingRecord) {
        self.init(
            Record(
                topic: record.topic, partition: record.partition, offset: 0, timestamp: record.timestamp ?? -1,
                key: record.key, value: record.value, headers: record.headers))
    }
}
