import Contracts
import Foundation
import GRDB
import Kafka
import Testing

@testable import LoopMember
@testable import Shards

@Suite struct OwedTests {
    let scratch: Scratch
    let now = Timestamp(milliseconds: 99)

    init() throws {
        scratch = try Scratch()
    }

    @Test func eachRecordIsOwedAsIfThoseBeforeItHadBeenFolded() async throws {
        let file = try scratch.file()
        _ = try await file.apply([Wire.said("a", at: 0), Wire.said("b", at: 1)], verifying: [])
        let owed = try await file.owed(now: now).entries
        let reasons = try owed.map { try ($0.event.payload() as QualifyDeclined).reason }
        #expect(reasons == ["answer 0", "answer 1"])
    }

    @Test func owingLeavesNothingAndGivesTheSameBytesAgain() async throws {
        let file = try scratch.file()
        _ = try await file.apply([Wire.said("a", at: 0)], verifying: [])
        let first = try await file.owed(now: now).entries
        #expect(try await file.owed(now: Timestamp(milliseconds: 100_000)).entries == first)
        #expect(try await file.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM answered") } == 0)
    }

    @Test func nothingIsOwedOnceItIsFolded() async throws {
        let file = try scratch.file()
        _ = try await file.apply([Wire.said("a", at: 0), Wire.said("b", at: 1)], verifying: [])
        let owed = try await file.owed(now: now).entries
        let back = owed.enumerated().map { Wire.record($1.event, .qualifications, at: Int64($0)) }
        _ = try await file.apply([back[0]], verifying: [])
        #expect(try await file.owed(now: now).entries == [owed[1]])
        _ = try await file.apply([back[1], back[1]], verifying: [])
        #expect(try await file.owed(now: now).entries.isEmpty)
    }

    @Test func oneThatCannotBeMadeDoesNotHoldUpTheOthers() async throws {
        let file = try scratch.file()
        _ = try await file.apply(
            [Wire.said("a", "cannot be answered", at: 0), Wire.said("b", at: 1)], verifying: [])
        let (entries, failures) = try await file.owed(now: now)
        #expect(entries.map(\.event.id) == ["b.answer"])
        #expect(failures == ["MalformedEvent"])
    }

    @Test func whatWasRefusedIsNotOwedAgain() async throws {
        let file = try scratch.file()
        _ = try await file.apply([Wire.said("a", at: 0), Wire.said("b", at: 1)], verifying: [])
        let broken = Wire.record(
            Event(
                id: "a.answer", type: QualifyDeclined.type, dealership: "demo", service: "tally", subject: nil,
                time: now, data: Array("{}".utf8)), .qualifications, at: 0)
        _ = try await file.apply([broken], verifying: [])
        #expect(try await file.owed(now: now).entries.map(\.event.id) == ["b.answer"])
    }
}
