import Testing

@testable import Ingest

@Suite struct AlarmTests {
    @Test func itWakesOnceTheLatestTimeHasCome() async throws {
        let (alarm, woken) = (Alarm(), AsyncStream.makeStream(of: ContinuousClock.Instant.self))
        let start = ContinuousClock.now
        // Set while nobody waits: only the latest is left.
        for milliseconds in 1...50 { alarm.set(start + .milliseconds(milliseconds)) }
        let running = Task { try await alarm.run { woken.continuation.yield(.now) } }
        var times = woken.stream.makeAsyncIterator()
        let first = try #require(await times.next())
        #expect(first >= start + .milliseconds(50))
        alarm.set(start)
        #expect(await times.next() != nil, "it goes on")
        running.cancel()
        _ = await running.result
        alarm.set(start)
        woken.continuation.finish()
        #expect(await times.next() == nil, "not after it was cancelled")
    }
}
