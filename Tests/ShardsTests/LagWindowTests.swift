import Contracts
import Testing

@testable import Shards

@Suite struct LagWindowTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .milliseconds(Int64(seconds * 1_000)) }

    /// (second, position, end)
    private func window(_ looks: (Double, Int64, Int64)...) -> LagWindow {
        var window = LagWindow()
        for (second, position, end) in looks { window.note(position: position, end: end, at: at(second)) }
        return window
    }

    private func seconds(_ window: LagWindow, _ position: Int64, at now: Double, folded: Double? = nil) -> Double? {
        window.seconds(after: position, at: at(now), folded: folded).map { ($0 * 1_000).rounded() / 1_000 }
    }

    @Test func nothingIsSaidBeforeAnybodyLooked() {
        #expect(seconds(window(), 0, at: 1) == nil)
        #expect(window().records(after: 0) == nil)
    }

    @Test func atTheEndNothingWaits() {
        let window = window((0, 5, 5), (100, 5, 5))
        #expect(seconds(window, 5, at: 200) == 0 && window.records(after: 5) == 0)
        // The shard may be further than the end that was seen last.
        #expect(seconds(window, 9, at: 200) == 0 && window.records(after: 9) == 0)
    }

    /// A log that was quiet for long: the new record has not been waiting since its last end was first seen.
    @Test func theNextRecordCameBetweenTwoLooks() {
        let window = window((0, 10, 10), (1_000, 10, 10), (1_010, 10, 20))
        #expect(seconds(window, 10, at: 1_015) == 15)
        #expect(seconds(window, 15, at: 1_015) == 10)
        #expect(window.records(after: 12) == 8)
    }

    @Test func whatWasThereAtTheFirstLookIsAsOldAsTheRecordBeforeIt() {
        let window = window((0, 3, 10))
        #expect(seconds(window, 3, at: 7) == 7)
        #expect(seconds(window, 3, at: 7, folded: 3_600) == 3_600)
        #expect(seconds(window, 10, at: 7, folded: 3_600) == 0)
    }

    @Test func aLogThatLostItsTailIsLookedAtAnew() {
        let window = window((0, 10, 100), (5, 10, 4))
        #expect(window.records(after: 4) == 0 && seconds(window, 4, at: 50) == 0)
    }

    @Test func progressIsBurrows() {
        #expect(window((0, 1, 9)).progress(isFolding: true) == .ok)
        #expect(window((0, 1, 9), (5, 1, 9), (10, 1, 9)).progress(isFolding: true) == .stall)
        #expect(window((0, 1, 9), (5, 1, 9), (10, 1, 9)).progress(isFolding: false) == .stop)
        #expect(window((0, 1, 9), (5, 3, 12), (10, 5, 15)).progress(isFolding: true) == .warn)
        #expect(window((0, 1, 9), (5, 3, 10), (10, 5, 15)).progress(isFolding: true) == .ok)
        #expect(window((0, 5, 9), (5, 6, 9), (10, 2, 9)).progress(isFolding: true) == .rewind)
        // It has been at the end of late.
        #expect(window((0, 9, 9), (5, 9, 12), (10, 9, 15)).progress(isFolding: true) == .ok)
        let old = (0..<LagWindow.judged).map { (Double($0) * 5, Int64(9), Int64(20)) }
        var stuck = window((0, 9, 9))
        for (second, position, end) in old { stuck.note(position: position, end: end, at: at(second + 5)) }
        #expect(stuck.progress(isFolding: true) == .stall)
    }
}

@Suite struct RecentRecordsTests {
    private func record(_ offset: Int64) -> TracedRecord {
        TracedRecord(
            topic: .messages, offset: offset, eventId: "e\(offset)", type: "message.received",
            correlation: Correlation(id: "c\(offset)"))
    }

    @Test func aRecordIsNewsOnce() {
        var recent = RecentRecords()
        let now = ContinuousClock.now
        recent.note([record(1)], at: now)
        #expect(recent.tell(.messages, 1)?.isTold == false)
        #expect(recent.tell(.messages, 1)?.isTold == true)
        #expect(recent.tell(.messages, 2) == nil && recent.tell(.qualifications, 1) == nil)
        #expect(recent[.messages, 1]?.correlation.id == "c1")
    }

    @Test func theOldestAreForgotten() {
        var recent = RecentRecords()
        let limit = Int64(RecentRecords.limit)
        for offset in 0..<(3 * limit) { recent.note([record(offset)], at: .now) }
        #expect(recent[.messages, 0] == nil && recent[.messages, limit] == nil)
        #expect(recent[.messages, 2 * limit] != nil && recent[.messages, 3 * limit - 1] != nil)
    }
}
