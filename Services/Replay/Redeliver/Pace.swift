/// When the next batch of a delivery may go.
struct Pace {
    private let rate: Int
    private(set) var due: ContinuousClock.Instant

    /// - Parameter rate: records per second.
    init(rate: Int, from now: ContinuousClock.Instant = .now) {
        (self.rate, due) = (rate, now)
    }

    /// Notes that records go now. What a slow broker or a stopped process has cost is not made up: the rate is there for
    /// whoever reads them.
    mutating func note(_ count: Int, at now: ContinuousClock.Instant = .now) {
        due = max(due, now - Limits.deliveryLateness) + .seconds(Double(count) / Double(rate))
    }
}
