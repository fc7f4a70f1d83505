import Testing

@testable import Replay

/// A service that commits every ten seconds, looked at every five for 25.
@Suite struct LagTrackTests {
    /// - Parameters:
    ///   - phase: milliseconds of the first commit.
    ///   - position: folded at a time in milliseconds.
    private func status(
        phase: Int64, arrivals: Int64 = 1_000, backlog: Int64 = 20_000, isHeld: Bool = true,
        position: (_ time: Int64) -> Int64
    ) -> LagStatus {
        func end(_ at: Int64) -> Int64 { 1_000_000 + backlog + at * arrivals / 1_000 }
        func committed(_ at: Int64) -> Int64 {
            let last = at < phase ? phase - 10_000 : phase + (at - phase) / 10_000 * 10_000
            return 1_000_000 + position(last)
        }
        var track = LagTrack(committed: committed(0), end: end(0), at: 0)
        let looks = stride(from: Int64(0), through: 25_000, by: 5_000)
        for now in looks { track.look(committed: committed(now), end: end(now), isHeld: isHeld, at: now) }
        return LagStatus(track.commits, lag: track.lag, now: 25_100)
    }

    private static let phases = Array(stride(from: Int64(500), to: 10_000, by: 500))

    @Test(arguments: phases) func aShardThatFoldsFourFifthsOfWhatComes(_ phase: Int64) {
        #expect(status(phase: phase) { $0 * 8 / 10 } == .warn)
    }

    @Test(arguments: phases) func aShardThatWorksItOff(_ phase: Int64) {
        #expect(status(phase: phase) { $0 * 13 / 10 } == .ok)
    }

    @Test(arguments: phases) func aBusyShardThatKeepsUp(_ phase: Int64) {
        #expect(status(phase: phase, backlog: 0) { $0 } == .ok)
    }

    @Test(arguments: phases) func aShardThatStands(_ phase: Int64) {
        #expect(status(phase: phase) { _ in 0 } == .stall)
        #expect(status(phase: phase, arrivals: 0) { _ in 0 } == .stall, "though nothing comes")
    }

    @Test func aShardThatNobodyHolds() {
        #expect(status(phase: 500, isHeld: false) { _ in 0 } == .stop)
    }
}
