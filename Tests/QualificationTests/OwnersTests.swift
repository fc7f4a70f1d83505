import Contracts
import GRDB
import Testing

@testable import Qualification
@testable import Shards

/// Two owners of one shard, one of which does not know that it lost it; replays; what is announced, and when.
@Suite struct OwnersTests {
    /// Clicks on three conversations, some of them racing, with what a first owner made of them in between.
    private func busyLog() async throws -> TestLog {
        var log = TestLog()
        let first = try TestShard()
        for conversation in ["c1", "c2", "c3"] { log.append(.received(conversation, "m1"), to: .messages) }
        for round in 0..<4 {
            for conversation in ["c1", "c2", "c3"] {
                log.append(
                    .click(
                        "r\(round)-\(conversation)", on: conversation, first: "Ana\(round)",
                        email: "a\(round)@example.com", deal: round != 1, known: round == 3 ? [] : nil),
                    to: .qualifications)
            }
            if round % 2 == 1 { try await first.settle(&log) }
        }
        try await first.settle(&log)
        return log
    }

    @Test func ownersAtDifferentProgressWriteTheSameBytes() async throws {
        let log = try await busyLog()
        let outcomes = try #require(log.records[.qualifications]).filter { $0.type != QualifyRequested.type }
        let truth = Dictionary(uniqueKeysWithValues: outcomes.map { ($0.id, $0) })
        let deals = Dictionary(uniqueKeysWithValues: try #require(log.records[.dealCreated]).map { ($0.id, $0) })
        #expect(truth.count == 12)
        #expect(deals.count == 6)
        let zombie = try TestShard()
        var compared = 0
        for _ in 0..<(try #require(log.records[.qualifications]).count) {
            try await zombie.fold(.qualifications, of: log, count: 1)
            for entry in try await zombie.owed() {
                switch entry.topic {
                case .qualifications: #expect(entry.event == truth[entry.event.id])
                default: #expect(entry.event == deals[entry.event.id])
                }
                compared += 1
            }
        }
        #expect(compared > 12)
    }

    /// An earlier click without an outcome (its record was refused, say) must not see what came after it.
    @Test func aDecisionIgnoresWhatComesAfterItsClick() async throws {
        var log = TestLog()
        let shard = try TestShard()
        log.append(.click("r1", email: "old@example.com", known: []), to: .qualifications)
        log.append(.click("r2", email: "new@example.com"), to: .qualifications)
        let second = QualificationDecision(
            dealership: "north", request: try Event.click("r2", email: "new@example.com").payload(), time: .test,
            history: .init())
        log.append(second.event(), to: .qualifications)
        try await shard.foldAll(log)
        let outcome = try #require(try await shard.owed().first { $0.topic == .qualifications }?.event)
        #expect(outcome.id == "r1.qualified")
        let customer = try outcome.payload(ConversationQualified.self).customer
        #expect(customer.emails == ["old@example.com"])
        try await shard.settle(&log)
        let now = try await shard.read { try CustomerView.find(second.customerId, of: "north", in: $0) }
        #expect(now?.emails == ["new@example.com"])
    }

    @Test func everyOrderOfTopicsGivesTheSameState() async throws {
        let log = try await busyLog()
        var seen: Set<[String: String]> = []
        for order in [
            [Topic.messages, .qualifications, .dealCreated], [.dealCreated, .qualifications, .messages],
            [.qualifications, .messages, .dealCreated],
        ] {
            let shard = try TestShard()
            for topic in order { try await shard.fold(topic, of: log) }
            seen.insert(try await shard.hashes())
            #expect(try await shard.owed().isEmpty)
        }
        let interleaved = try TestShard()
        for _ in 0..<100 {
            for topic in [Topic.dealCreated, .messages, .qualifications] {
                try await interleaved.fold(topic, of: log, count: 1)
            }
        }
        seen.insert(try await interleaved.hashes())
        #expect(seen.count == 1)
    }

    @Test func foldingThreeTimesEqualsOnce() async throws {
        let log = try await busyLog()
        let once = try TestShard()
        try await once.foldAll(log)
        let thrice = try TestShard()
        let logic = QualificationLogic()
        for _ in 0..<3 {
            try await thrice.file.pool.write { db in
                for topic in [Topic.messages, .qualifications, .dealCreated] {
                    for (offset, event) in (log.records[topic] ?? []).enumerated() {
                        let coordinates = Coordinates(topic: topic, partition: 0, offset: Int64(offset))
                        try logic.fold(event, at: coordinates, in: db)
                    }
                }
            }
        }
        #expect(try await thrice.hashes() == once.hashes())
        #expect(try await thrice.owed().isEmpty)
    }

    @Test func theUnannouncedAreTheDealsWithoutAnnouncement() async throws {
        let log = try await busyLog()
        let shard = try TestShard()
        let deals = try #require(log.records[.qualifications]).count
        for step in 0..<deals {
            try await shard.fold(.qualifications, of: log, count: 1)
            if step % 3 == 0 { try await shard.fold(.dealCreated, of: log, count: 1) }
            let (kept, counted) = try await shard.read { db in
                (
                    try String.fetchAll(db, sql: "SELECT deal FROM unannounced ORDER BY deal"),
                    try String.fetchAll(
                        db, sql: "SELECT id FROM deals WHERE id NOT IN (SELECT deal FROM announced) ORDER BY id")
                )
            }
            #expect(kept == counted)
        }
    }

    @Test func aDealIsAnnouncedOnlyWhenItsFactIsInTheLog() async throws {
        var log = TestLog()
        let shard = try TestShard()
        log.append(.click("r1"), to: .qualifications)
        try await shard.foldAll(log)
        let owed = try await shard.owed()
        #expect(owed.map(\.topic) == [.qualifications])
        log.append(owed[0].event, to: .qualifications)
        try await shard.foldAll(log)
        let announcement = try #require(try await shard.owed().first)
        #expect(announcement.topic == .dealCreated)
        let deal = Identifier.derived("deal", "north", "r1")
        #expect(announcement.event.id == "\(deal).created")
        #expect(announcement.event.subject == deal)
        #expect(announcement.event.time == .test)
        let outcome: ConversationQualified = try owed[0].event.payload()
        #expect(announcement.event.data == outcome.deal?.encoded())
        log.append(announcement.event, to: .dealCreated)
        try await shard.foldAll(log)
        #expect(try await shard.owed().isEmpty)
    }

    @Test func anAnnouncementOfAnotherDealershipsDealIsADeadLetter() async throws {
        var log = TestLog()
        let shard = try TestShard()
        log.append(.click("r1"), to: .qualifications)
        try await shard.settle(&log)
        var foreign = try #require(log.records[.dealCreated]?.first)
        foreign.dealership = "south"
        foreign.key = "south"
        log.append(foreign, to: .dealCreated)
        #expect(try await shard.fold(.dealCreated, of: log).deadLetters == ["invalid-field"])
    }

    @Test func moreThanAHundredAnnouncementsHoldTheShard() async throws {
        var log = TestLog()
        let first = try TestShard()
        for index in 0..<101 { log.append(.click("r\(index)"), to: .qualifications) }
        try await first.settle(&log)
        #expect(log.records[.dealCreated]?.count == 101)
        // `deal-created` made anew: a rebuilt shard sees every deal and no announcement.
        let rebuilt = try TestShard()
        try await rebuilt.fold(.qualifications, of: log)
        let limit = try #require(QualificationLogic().holdAbove)
        #expect(limit.topic == .dealCreated)
        #expect(limit.records == 100)
        #expect(try await rebuilt.owed().count { $0.topic == limit.topic } > limit.records)
    }
}
