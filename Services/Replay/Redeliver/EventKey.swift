import Crypto
import Kafka

/// What makes an event the same one wherever it stands: `ce_source` and `ce_id`, in 16 bytes, since there may be
/// millions of them.
struct EventKey: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Nil for a record that is no event.
    init?(_ record: Record) {
        guard let source = record.header("ce_source"), let id = record.header("ce_id") else { return nil }
        var words: [UInt64] = [0, 0]
        for (index, byte) in SHA256.hash(data: Array(source) + [0] + Array(id)).prefix(16).enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        (high, low) = (words[0], words[1])
    }
}
