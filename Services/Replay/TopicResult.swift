/// What one run did with one topic.
struct TopicResult: Encodable, Sendable {
    var topic: String
    /// Records that the target has now; of a compacted topic, keys.
    var records = 0
    /// Of these, sent by this run.
    var copied = 0
    /// Of the records, dead letters: they stay what they are.
    var deadLetters = 0
    /// Those that this run has come across, at most `Limits.namedDeadLetters`.
    var named: [NamedDeadLetter] = []
    /// Records that the source got while this run was at it: for the next run.
    var behind: Int64 = 0

    struct NamedDeadLetter: Encodable, Sendable {
        var partition: Int32
        var offset: Int64
        var targetPartition: Int32
        var reason: String
    }

    mutating func name(_ letter: NamedDeadLetter) {
        if named.count < Limits.namedDeadLetters { named.append(letter) }
    }
}
