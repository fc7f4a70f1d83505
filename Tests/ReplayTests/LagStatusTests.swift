import Testing

@testable import Replay

/// Burrow's own cases, in its words.
@Suite struct LagStatusTests {
    /// - Parameter commits: (offset, lag), one every ten seconds from 0 on.
    private func status(_ commits: [(Int64, Int64)], lag: Int64, now: Int64? = nil) -> LagStatus {
        let all = commits.enumerated().map {
            LagStatus.Commit(at: Int64($0.offset) * 10, offset: $0.element.0, lag: $0.element.1)
        }
        return LagStatus(all, lag: lag, now: now ?? Int64(commits.count - 1) * 10)
    }

    @Test func nothingBehindIsAlwaysFine() {
        #expect(status([], lag: 0, now: 1_000) == .ok)
        #expect(status([(9, 5), (3, 6)], lag: 0) == .ok)
    }

    @Test func aLagThatWasZeroInTheWindowIsFine() {
        #expect(status([(5, 0), (5, 10), (5, 20)], lag: 20) == .ok)
    }

    @Test func aLagThatBecomesLessIsFineHoweverLarge() {
        #expect(status([(100, 90_000), (200, 90_100), (300, 89_000), (400, 89_500)], lag: 89_500) == .ok)
    }

    @Test func offsetsThatMoveWhileTheLagNeverBecomesLess() {
        #expect(status([(100, 10), (200, 10), (300, 30)], lag: 30) == .warn)
    }

    @Test func commitsOfTheSameOffset() {
        #expect(status([(100, 10), (100, 20), (100, 30)], lag: 30) == .stall)
    }

    @Test func noCommitForLongerThanTheWindow() {
        #expect(status([(100, 10), (200, 10), (300, 10)], lag: 10, now: 40) == .warn)
        #expect(status([(100, 10), (200, 10), (300, 10)], lag: 10, now: 41) == .stop)
        #expect(status([(100, 0), (200, 0)], lag: 10, now: 60) == .stop, "a zero of long ago says nothing")
        #expect(status([], lag: 10, now: 60) == .stop, "nobody has committed")
    }

    @Test func anOffsetThatWentBack() {
        #expect(status([(300, 10), (100, 210), (150, 160)], lag: 160) == .rewind)
        #expect(status([(300, 10), (100, 210), (310, 5)], lag: 5) == .ok, "and has come to where it was")
    }

    @Test func theWorstOfSeveralCounts() {
        #expect([LagStatus.ok, .stall, .warn].max() == .stall)
        #expect([LagStatus.stop, .rewind, .ok].max() == .rewind)
    }
}
