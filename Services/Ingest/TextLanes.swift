import ServiceKit

/// The two numbers of a text: between them goes one at a time.
struct NumberPair: Hashable, Sendable {
    let number: String
    let phone: String

    init(_ text: OutgoingText) {
        number = text.number
        phone = text.phone
    }
}

/// Which pairs of numbers a text is under way for, and which are left alone for a while.
struct TextLanes {
    private var busy: Set<NumberPair> = []
    private var resting: [NumberPair: ContinuousClock.Instant] = [:]

    var count: Int { busy.count }

    /// - Returns: whether the pair is the caller's until it says `finish`.
    mutating func take(_ pair: NumberPair, at now: ContinuousClock.Instant) -> Bool {
        guard busy.count < Limits.sendsAtOnce, !busy.contains(pair), resting[pair].map({ $0 <= now }) ?? true else {
            return false
        }
        resting.removeValue(forKey: pair)
        busy.insert(pair)
        return true
    }

    /// - Parameter rest: until when the pair is left alone.
    mutating func finish(_ pair: NumberPair, rest: ContinuousClock.Instant?, at now: ContinuousClock.Instant) {
        busy.remove(pair)
        resting[pair] = rest
        // A pair whose text was settled by somebody else meanwhile is not asked for again.
        if resting.count > Limits.sendable { resting = resting.filter { $0.value > now } }
    }
}
