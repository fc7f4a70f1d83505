import Contracts
import Testing

@testable import Presence
@testable import Shards

/// The fold of `activity`: one lease a tab, whatever the order and however often.
@Suite struct LeaseTests {
    let shard: TestShard

    init() throws { shard = try TestShard() }

    private func lease(_ seen: Int64, ends: Int64, visible: Bool = true, page: String? = "/cars") -> Lease {
        Lease(seenAt: .at(seen), expiresAt: .at(ends), visible: visible, page: page)
    }

    @Test func aBeatRenewsItsTabsLease() async throws {
        try await shard.fold(.beat(0), .beat(15, page: "/trucks"), .beat(20, tab: "t2", visible: false))
        #expect(
            try await shard.leases() == [
                lease(15, ends: 60, page: "/trucks"), lease(20, ends: 155, visible: false),
            ])
    }

    @Test func anOlderBeatChangesNothing() async throws {
        try await shard.fold(.beat(30), .beat(15, visible: false, page: "/old"))
        #expect(try await shard.leases() == [lease(30, ends: 75)])
    }

    @Test func leavingShortensTheLeaseToTheGrace() async throws {
        try await shard.fold(.beat(0), .left(5))
        #expect(try await shard.leases() == [lease(5, ends: 15)])
    }

    @Test func leavingLengthensNoLease() async throws {
        try await shard.fold(.beat(0), .left(40))
        #expect(try await shard.leases() == [lease(40, ends: 45)])
    }

    @Test func leavingThatIsOlderThanABeatIsIgnored() async throws {
        try await shard.fold(.beat(0), .beat(20), .left(10))
        #expect(try await shard.leases() == [lease(20, ends: 65)])
    }

    @Test func aBeatFromBeforeTheLeavingDoesNotRevive() async throws {
        try await shard.fold(.beat(0), .left(10), .beat(8))
        #expect(try await shard.leases() == [lease(10, ends: 20)])
        try await shard.fold(.left(110, conversation: "c2"), .beat(108, conversation: "c2"))
        #expect(try await shard.leases("c2").map(\.expiresAt) == [.at(110)])
    }

    @Test func theNextPageGoesOnWithTheLease() async throws {
        try await shard.fold(.beat(0), .left(10), .beat(12, page: "/trucks"))
        #expect(try await shard.leases() == [lease(12, ends: 57, page: "/trucks")])
    }

    @Test func foldingThreeTimesEqualsOnce() async throws {
        let events: [Event] = [
            .beat(0), .beat(3, tab: "t2"), .left(10), .beat(8), .beat(16, tab: "t2", visible: false),
        ]
        for event in events { try await shard.fold(event) }
        let once = try await shard.leases()
        for _ in 0..<2 { for event in events { try await shard.fold(event) } }
        #expect(try await shard.leases() == once)
    }

    @Test func oldLeasesArePrunedByTheTimeOfEvents() async throws {
        try await shard.fold(.beat(0))
        shard.skip(Limits.leaseKeptRecords)
        try await shard.fold(.beat(3_645, conversation: "c2"))
        #expect(try await shard.leases().count == 1)
        try await shard.fold(.beat(3_646, conversation: "c2"))
        #expect(try await shard.leases().isEmpty)
    }

    @Test func aClockYearsAheadPrunesNobody() async throws {
        let years: Int64 = 5 * 365 * 86_400
        try await shard.fold(.beat(0), .beat(years, conversation: "c2"), .beat(years + 1, conversation: "c2"))
        #expect(try await shard.leases().count == 1)
    }

    @Test func aBeatTakesThePlaceOfOneFromAClockThatWasAhead() async throws {
        try await shard.fold(.beat(3_600), .beat(15))
        #expect(try await shard.leases() == [lease(15, ends: 60)])
        try await shard.fold(.beat(3_600, conversation: "c2"), .left(20, conversation: "c2"))
        #expect(try await shard.leases("c2").map(\.expiresAt) == [.at(30)])
    }

    @Test func forgettingTakesWhatTheTopicWrote() async throws {
        try await shard.fold(.beat(0))
        try await shard.settle(at: 1)
        try shard.file.forget(.activity)
        #expect(try await shard.leases().isEmpty)
        // What presence said before its restart still has to be taken back.
        #expect(try await shard.owed(at: 500).map(\.id) == ["c1.offline.\(Timestamp.at(90).milliseconds)"])
        try shard.file.forget(.presence)
        #expect(try await shard.owed(at: 500).isEmpty)
    }

    @Test func brokenBeatsAreDeadLettersAndUnknownTypesSkipped() async throws {
        var broken = Event.beat(0)
        broken.data = Array(#"{"conversationId":"c1","tabId":"t1"}"#.utf8)
        var unknown = Event.beat(0)
        unknown.type = "visit.imagined"
        let outcome = try await shard.fold(broken, unknown, .beat(1))
        #expect(outcome.deadLetters == ["missing-field"])
        #expect(outcome.skipped == 1)
        #expect(outcome.folded == 1)
    }
}
