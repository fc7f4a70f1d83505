import Contracts

/// What is remembered of a topic's partition and of how far a shard has folded it: how long the next record has been
/// waiting, and whether the shard gets anywhere.
///
/// Nobody fetches records to learn their age: when an end was first and last seen tells between which two moments the
/// record behind it was appended.
struct LagWindow: Sendable {
    /// Whether a reader gets on, as Burrow defines it: not how far it is behind, but whether that will end.
    enum Progress: String, Sendable {
        /// It is at the end, or has been there of late, or comes nearer.
        case ok = "OK"
        /// It moves, and never comes nearer.
        case warn = "WARN"
        /// It does not move, and there is something to fold.
        case stall = "STALL"
        /// Nobody folds.
        case stop = "STOP"
        /// It went back, and has not come up again.
        case rewind = "REWIND"
    }

    private struct End {
        var offset: Int64
        var first: ContinuousClock.Instant
        var last: ContinuousClock.Instant
    }

    private struct Look {
        var position: Int64
        var lag: Int64
    }

    private var ends: [End] = []
    private var looks: [Look] = []

    /// Ends that are remembered: an hour, where one comes every five seconds.
    static let remembered = 720
    /// Looks by which progress is judged, and fewer say nothing.
    static let judged = 10
    static let judgedLeast = 3

    var end: Int64? { ends.last?.offset }

    mutating func note(position: Int64, end: Int64, at now: ContinuousClock.Instant) {
        // A log that lost its tail begins anew: what was seen of the old one says nothing of it.
        if let last = ends.last, end < last.offset { ends = [] }
        if ends.last?.offset == end {
            ends[ends.count - 1].last = now
        } else {
            ends.append(End(offset: end, first: now, last: now))
        }
        if ends.count > Self.remembered { ends.removeFirst() }
        looks.append(Look(position: position, lag: max(0, end - position)))
        if looks.count > Self.judged { looks.removeFirst() }
    }

    func records(after position: Int64) -> Int64? { end.map { max(0, $0 - position) } }

    /// - Parameter folded: how long ago the record folded last was appended, where that is known: what is behind it has
    ///   waited no longer.
    /// - Returns: nil before the end has been seen.
    func seconds(after position: Int64, at now: ContinuousClock.Instant, folded: Double?) -> Double? {
        guard let newest = ends.last else { return nil }
        guard position < newest.offset, let index = ends.firstIndex(where: { $0.offset > position }) else { return 0 }
        let later = ends[index]
        // There before anybody looked.
        guard index > 0 else { return max((now - later.first).seconds, folded ?? 0) }
        let earlier = ends[index - 1]
        let share = Double(position - earlier.offset) / Double(later.offset - earlier.offset)
        return (now - earlier.last).seconds - share * (later.first - earlier.last).seconds
    }

    /// How long ago the end was seen last.
    func unseen(at now: ContinuousClock.Instant) -> Double { ends.last.map { (now - $0.last).seconds } ?? 0 }

    func progress(isFolding: Bool) -> Progress {
        guard isFolding else { return .stop }
        guard looks.count >= Self.judgedLeast, let first = looks.first, let last = looks.last,
            !looks.contains(where: { $0.lag == 0 })
        else { return .ok }
        let furthest = looks.map(\.position).max() ?? last.position
        if last.position < furthest { return .rewind }
        if first.position == last.position { return .stall }
        return zip(looks, looks.dropFirst()).contains { $1.lag < $0.lag } ? .ok : .warn
    }
}
