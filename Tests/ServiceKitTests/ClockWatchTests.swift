import Contracts
import Testing

@testable import ServiceKit

@Suite struct ClockWatchTests {
    private let start = Timestamp(milliseconds: 1_795_000_000_000)
    private let steady = ContinuousClock.now

    /// What is said after a second in which the wall clock moved by so much.
    private func step(_ milliseconds: Int64) -> ClockSetBack? {
        var clocks = ClockPair(wall: start, steady: steady)
        return clocks.look(wall: start.adding(milliseconds: milliseconds), steady: steady + .seconds(1))
    }

    @Test func aClockThatGoesOnIsNoMatter() {
        #expect(step(1_000) == nil)
        #expect(step(0) == nil)
    }

    @Test func forwardIsNoMatter() {
        #expect(step(3_600_000) == nil)
    }

    @Test func aLittleBackIsNoMatter() {
        #expect(step(-19_000) == nil)
    }

    @Test func backIsSaidWithHowMuch() {
        #expect(step(-3_599_000) == ClockSetBack(by: .seconds(3_600)))
        #expect(step(-19_001) != nil)
    }

    @Test func eachStepIsSaidOnce() {
        var clocks = ClockPair(wall: start, steady: steady)
        let back = start.adding(milliseconds: -60_000)
        #expect(clocks.look(wall: back, steady: steady) != nil)
        #expect(clocks.look(wall: back.adding(milliseconds: 1_000), steady: steady + .seconds(1)) == nil)
    }
}
