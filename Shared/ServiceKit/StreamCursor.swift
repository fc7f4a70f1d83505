import Contracts

/// What a stream's reader has seen: for each kept topic the next offset. Any later owner can resume it.
///
/// As text `m120.q7`: `m` messages, `q` qualifications, `d` deal-created, in this order, topics at 0 left out. On the
/// wire with the log's mark after it, see `LastSeen`.
public struct StreamCursor: Sendable, Equatable, CustomStringConvertible {
    private static let letters: [(letter: Character, topic: Topic)] = [
        ("m", .messages), ("q", .qualifications), ("d", .dealCreated),
    ]

    private var offsets: [Topic: Int64]

    /// - Parameter positions: next offsets, as `Shard.positions` gives them; topics that are not kept do not count.
    public init(_ positions: [Topic: Int64] = [:]) {
        offsets = positions.filter { topic, offset in offset > 0 && Self.letters.contains { $0.topic == topic } }
    }

    /// Nil unless `text` is exactly what `description` gives.
    public init?(_ text: some StringProtocol) {
        guard (1...100).contains(text.utf8.count) else { return nil }
        self.init()
        if text == "0" { return }
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            guard let letter = part.first, let topic = Self.letters.first(where: { $0.letter == letter })?.topic,
                let offset = Int64(part.dropFirst()), offset > 0, offsets[topic] == nil
            else { return nil }
            offsets[topic] = offset
        }
        guard description == text else { return nil }
    }

    /// The next offset of `topic` that the reader has not seen.
    public subscript(topic: Topic) -> Int64 {
        get { offsets[topic] ?? 0 }
        set { offsets[topic] = newValue > 0 && Self.letters.contains { $0.topic == topic } ? newValue : nil }
    }

    /// Nothing in this cursor is beyond `other`.
    public func isCovered(by other: StreamCursor) -> Bool {
        offsets.allSatisfy { $0.value <= other[$0.key] }
    }

    /// The later of both, topic by topic.
    public func merging(_ other: StreamCursor) -> StreamCursor {
        StreamCursor(offsets.merging(other.offsets) { max($0, $1) })
    }

    /// The topics in it and their next offsets.
    public var positions: [Topic: Int64] { offsets }

    public var description: String {
        let parts = Self.letters.compactMap { letter, topic in offsets[topic].map { "\(letter)\($0)" } }
        return parts.isEmpty ? "0" : parts.joined(separator: ".")
    }
}
