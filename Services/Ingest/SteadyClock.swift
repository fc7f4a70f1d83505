import Contracts

/// Wall time as it was when this was made, and from then on as much later as has really passed.
///
/// For how long ago something was: a wall clock that is stepped would let minutes look like hours, and the spool forget
/// what the log may still lose.
struct SteadyClock: Sendable {
    private let start: Timestamp
    private let began = ContinuousClock.now

    init(from start: Timestamp) { self.start = start }

    func now() -> Timestamp {
        let passed = (ContinuousClock.now - began).components
        return start.adding(milliseconds: passed.seconds * 1_000 + passed.attoseconds / 1_000_000_000_000_000)
    }
}
