import Contracts
import Testing

@testable import Ingest

@Suite struct SteadyClockTests {
    /// Whatever the wall clock says: it is only asked once, by whoever makes it.
    @Test func itGoesOnFromWhereItBegan() async throws {
        let clock = SteadyClock(from: Timestamp(milliseconds: 1_000))
        let began = ContinuousClock.now
        try await Task.sleep(for: .milliseconds(30))
        let shown = clock.now().milliseconds
        let passed = ContinuousClock.now - began
        #expect(shown >= 1_030)
        #expect(.milliseconds(shown - 1_000) <= passed + .milliseconds(1))
    }
}
