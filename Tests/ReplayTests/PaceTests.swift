import Testing

@testable import Replay

@Suite struct PaceTests {
    private let begun = ContinuousClock.now

    @Test func eachBatchWaitsForThoseBeforeIt() {
        var pace = Pace(rate: 100, from: begun)
        #expect(pace.due == begun)
        pace.note(50, at: begun)
        #expect(pace.due == begun + .milliseconds(500))
        pace.note(50, at: begun + .milliseconds(510))
        #expect(pace.due == begun + .seconds(1), "some milliseconds late are made up")
    }

    @Test func lostTimeIsNotMadeUp() {
        var pace = Pace(rate: 100, from: begun)
        pace.note(50, at: begun)
        let late = begun + .seconds(60)
        var sent = 0
        var now = late
        while now < late + .seconds(10) {
            now = max(now, pace.due)
            pace.note(50, at: now)
            sent += 50
        }
        #expect(sent <= 1_100, "ten seconds' worth, and half a second's at once")
    }
}
