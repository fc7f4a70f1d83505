import Crypto
import Kafka

/// GRDB has a `Record` too.
typealias Record = Kafka.Record

extension Kafka.Record {
    /// What must stand at the same offset when the log is read again: the event's id and the record's time. The id
    /// alone does not do: after a lost tail what is appended again can bring a double of the last record to its old
    /// offset, with other records before it than were folded. A double has a later time.
    var stamp: String { Self.stamp(identity, timestamp) }

    static func stamp(_ identity: String, _ time: Int64) -> String { identity + "\u{1f}" + String(time) }

    /// The event's id, or a hash of a record that has none (it is a dead letter, and still the last one folded).
    var identity: String {
        // SQLite would cut it at a NUL.
        if let id = header("ce_id"), !id.contains(0), let text = String(validating: id, as: UTF8.self), !text.isEmpty {
            return text
        }
        var hash = SHA256()
        for part in [key, value] {
            hash.update(data: [part == nil ? 0 : 1])
            hash.update(data: Array(part ?? []))
        }
        return "sha256:" + hash.finalize().prefix(16).map { String($0, radix: 16) }.joined(separator: ".")
    }
}
