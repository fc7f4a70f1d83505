/// Where a page of dead letters ended, as a cursor: shard by shard, topic by topic, the newest first. New ones go before
/// it or into other topics, so pages that are asked for one after another show none twice.
public struct DeadLetterPlace: Sendable, Equatable, CustomStringConvertible {
    let partition: Int32
    let offset: Int64
    let topic: String

    public init(_ letter: DeadLetter) {
        (partition, offset, topic) = (letter.partition, letter.offset, letter.topic)
    }

    /// Nil unless `text` is what `description` gives.
    public init?(_ text: String) {
        // The topic is last: its name may have dots.
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let partition = Int32(parts[0]), let offset = Int64(parts[1]), !parts[2].isEmpty else {
            return nil
        }
        (self.partition, self.offset, topic) = (partition, offset, String(parts[2]))
    }

    public var description: String { "\(partition).\(offset).\(topic)" }
}
