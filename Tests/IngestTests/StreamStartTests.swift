import Contracts
import ServiceKit
import Testing

@testable import Ingest

@Suite struct StreamStartTests {
    private func plan(_ cursor: Int64?, position: Int64, logEnd: Int64?) -> StreamStart {
        .plan(
            cursor.map { .upTo(StreamCursor([.messages: $0])) } ?? .nothing, position: position, logEnd: logEnd)
    }

    @Test func withoutACursorEverythingIsSent() {
        #expect(plan(nil, position: 50, logEnd: nil) == .from(0))
    }

    @Test func aCursorWithinTheShardGoesOnFromThere() {
        #expect(plan(20, position: 50, logEnd: nil) == .from(20))
        #expect(plan(50, position: 50, logEnd: nil) == .from(50))
        #expect(plan(0, position: 50, logEnd: nil) == .from(0))
    }

    @Test func aCursorAheadOfTheShardWaits() {
        #expect(plan(51, position: 50, logEnd: 51) == .wait(51))
        #expect(plan(60, position: 50, logEnd: 70) == .wait(60))
    }

    @Test func aCursorThatNobodyCanJudgeWaits() {
        #expect(plan(60, position: 50, logEnd: nil) == .wait(60))
    }

    @Test func aCursorAheadOfTheLogIsOfAnotherLog() {
        #expect(plan(52, position: 50, logEnd: 51) == .reset)
    }

    /// Its number may lie inside this log by chance: going on from there would leave messages out.
    @Test func anIdOfAnotherLogBeginsAnew() {
        #expect(StreamStart.plan(LastSeen("m20.p12", partitions: 24), position: 50, logEnd: 50) == .reset)
    }

    /// The ids that this stream gives name messages alone; another topic in a cursor must not hold it up.
    @Test func otherTopicsDoNotMatter() {
        let cursor = StreamCursor([.messages: 10, .qualifications: 1_000])
        #expect(StreamStart.plan(.upTo(cursor), position: 50, logEnd: 50) == .from(10))
    }
}
