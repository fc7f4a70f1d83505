import Contracts
import Testing

@testable import Qualification
@testable import Shards

/// What a click leads to, through fold and owed.
@Suite struct OutcomesTests {
    var log = TestLog()
    let shard: TestShard

    init() throws {
        shard = try TestShard()
        log.append(.received("c1", "m1"), to: .messages)
    }

    private func qualified(_ event: Event) throws -> ConversationQualified { try event.payload() }

    @Test mutating func aClickGivesACompleteCustomerAndDeal() async throws {
        let time = Timestamp.test.adding(milliseconds: 4_321)
        log.append(.click("r1", phone: "+13145550123", at: time), to: .qualifications)
        try await shard.foldAll(log)
        let owed = try await shard.owed()
        #expect(owed.map(\.topic) == [.qualifications])
        let event = try #require(owed.first?.event)
        #expect(event.id == "r1.qualified")
        #expect(event.time == time)
        #expect(event.key == "north")
        #expect(event.subject == "c1")
        let outcome = try qualified(event)
        #expect(outcome.customer.id == Identifier.derived("customer", "north", "c1"))
        #expect(outcome.customer.firstName == "Ana")
        #expect(outcome.customer.emails == ["ana@example.com"])
        #expect(outcome.customer.phones == ["+13145550123"])
        let deal = try #require(outcome.deal)
        #expect(deal.dealId == Identifier.derived("deal", "north", "r1"))
        #expect(deal.dealershipId == "north")
        #expect(deal.source.type == "Chat")
        #expect(deal.source.description == "Ignitify Chat")
        #expect(deal.source.channel == "web")
        #expect(deal.source.conversationId == "c1")
        #expect(deal.customer == outcome.customer)
        #expect(deal.createdAt == time)
        #expect(deal.qualifiedAt == time)
        #expect(deal.firstMessageAt == .test)
        #expect(deal.timeZone == "America/Chicago")
        #expect(deal.createdBy == Staff(id: "s1", name: "Sam Hill"))
    }

    /// What is owed says what its cause says, whoever asks, and names it: two owners write the same bytes.
    @Test mutating func theRequestIsNamedDownToTheAnnouncement() async throws {
        let first = Correlation(id: "call-1", trace: .random())
        var (click, again) = (Event.click("r1"), Event.click("r1"))
        click.correlation = first
        // The same click by another request: the first counts, with all that it says.
        again.correlation = Correlation(id: "call-2", trace: .random())
        for event in [click, again] { log.append(event, to: .qualifications) }
        let zombie = try TestShard()
        var copy = log
        try await shard.settle(&log)
        try await zombie.settle(&copy)
        let outcome = try #require(log.records[.qualifications]?.last)
        #expect(outcome.correlation == Correlation(id: "call-1", causationId: "r1.requested", trace: first.trace))
        let announced = try #require(log.records[.dealCreated]?.first)
        #expect(announced.correlation == Correlation(id: "call-1", causationId: "r1.qualified", trace: first.trace))
        #expect(log.records == copy.records)
        #expect(try await shard.hashes() == zombie.hashes())
    }

    @Test mutating func aClickOfBeforeNamesNothing() async throws {
        log.append(.click("r1"), to: .qualifications)
        try await shard.settle(&log)
        #expect(log.records[.dealCreated]?.first?.correlation == Correlation.none)
        #expect(log.records[.qualifications]?.last?.correlation == Correlation.none)
    }

    @Test mutating func oneClickSentTwentyTimesIsOneDeal() async throws {
        for _ in 0..<20 { log.append(.click("r1"), to: .qualifications) }
        try await shard.settle(&log)
        #expect(log.records[.qualifications]?.count == 21)
        #expect(log.records[.dealCreated]?.count == 1)
    }

    @Test mutating func theFirstClickOfARequestCountsWhateverTheNextSays() async throws {
        log.append(.click("r1", first: "Ana"), to: .qualifications)
        log.append(.click("r1", first: "Bob"), to: .qualifications)
        try await shard.foldAll(log)
        let owed = try await shard.owed()
        #expect(try owed.map { try qualified($0.event).customer.firstName } == ["Ana"])
    }

    @Test mutating func twoClicksWithoutKnownDealsAreTwoDeals() async throws {
        log.append(.click("r1"), to: .qualifications)
        log.append(.click("r2"), to: .qualifications)
        try await shard.settle(&log)
        let ids = try #require(log.records[.dealCreated]).map(\.subject)
        #expect(ids == ["r1", "r2"].map { Identifier.derived("deal", "north", $0) })
    }

    @Test mutating func ofTwoClicksAtOnceWithTheSameKnownDealsOneIsDeclined() async throws {
        log.append(.click("r1", known: []), to: .qualifications)
        log.append(.click("r2", known: []), to: .qualifications)
        try await shard.foldAll(log)
        let owed = try await shard.owed()
        #expect(owed.map(\.event.id) == ["r1.qualified", "r2.declined"])
        let declined: QualifyDeclined = try owed[1].event.payload()
        #expect(declined.reason == "already-qualified")
        #expect(declined.dealId == Identifier.derived("deal", "north", "r1"))
        try await shard.settle(&log)
        #expect(log.records[.dealCreated]?.count == 1)
    }

    @Test mutating func aDeclineNamesTheNewestDealThatWasNotKnown() async throws {
        for id in ["r1", "r2", "r3"] { log.append(.click(id), to: .qualifications) }
        let deals = ["r1", "r2", "r3"].map { Identifier.derived("deal", "north", $0) }
        log.append(.click("r4", known: [deals[0]]), to: .qualifications)
        log.append(.click("r5", known: deals), to: .qualifications)
        try await shard.foldAll(log)
        let owed = try await shard.owed()
        let declined: QualifyDeclined = try owed[3].event.payload()
        #expect(declined.dealId == deals[2])
        #expect(owed[4].event.id == "r5.qualified")
    }

    @Test mutating func anotherConversationsDealDeclinesNothing() async throws {
        log.append(.click("r1", on: "c1"), to: .qualifications)
        log.append(.click("r2", on: "c2", known: []), to: .qualifications)
        log.append(.click("r1", on: "c1", known: [], dealership: "south"), to: .qualifications)
        try await shard.foldAll(log)
        #expect(try await shard.owed().map(\.event.id) == ["r1.qualified", "r2.qualified", "r1.qualified"])
    }

    @Test mutating func uncheckedMakesACustomerAndALaterClickStillADeal() async throws {
        log.append(.click("r1", deal: false), to: .qualifications)
        try await shard.settle(&log)
        #expect(log.records[.dealCreated] == nil)
        log.append(.click("r2", known: []), to: .qualifications)
        try await shard.settle(&log)
        let outcomes = try #require(log.records[.qualifications]).filter { $0.type == ConversationQualified.type }
        #expect(try outcomes.map { try qualified($0).deal == nil } == [true, false])
        #expect(Set(try outcomes.map { try qualified($0).customer.id }).count == 1)
        #expect(log.records[.dealCreated]?.count == 1)
    }

    @Test mutating func laterClicksReplaceTheNamesAndAddToTheRest() async throws {
        log.append(.click("r1", first: "Anna", email: "ana@example.com", phone: "+13145550123"), to: .qualifications)
        log.append(.click("r2", first: "Ana", email: nil, phone: "+13145550199"), to: .qualifications)
        log.append(.click("r3", first: "Ana", email: "a@b.example", phone: "+13145550123"), to: .qualifications)
        log.append(.click("r4", first: "Ana", last: "Ruiz", email: "ana@example.com"), to: .qualifications)
        try await shard.settle(&log)
        let customer = try await shard.read {
            try CustomerView.find(Identifier.derived("customer", "north", "c1"), of: "north", in: $0)
        }
        #expect(
            customer
                == CustomerView(
                    id: Identifier.derived("customer", "north", "c1"), firstName: "Ana", lastName: "Ruiz",
                    emails: ["ana@example.com", "a@b.example"], phones: ["+13145550123", "+13145550199"]))
    }

    @Test mutating func theFirstOutcomeInTopicOrderWins() async throws {
        log.append(.click("r1"), to: .qualifications)
        let declined = QualifyDeclined(requestId: "r1", conversationId: "c1", reason: "already-qualified", dealId: "d9")
        log.append(
            Event(declined, id: "r1.declined", dealership: "north", service: "qualification", time: .test),
            to: .qualifications)
        let late = QualificationDecision(
            dealership: "north", request: try Event.click("r1").payload(), time: .test, history: .init())
        log.append(late.event(), to: .qualifications)
        try await shard.foldAll(log)
        #expect(try await shard.read { try QualifyRequest.find("r1", of: "north", in: $0)?.outcome } == .declined)
        #expect(try await shard.owed().isEmpty)
        #expect(try await shard.read { try CustomerView.find(late.customerId, of: "north", in: $0) } == nil)
    }

    /// A broker that lost its tail lost the click and got its outcome, which was on its way; then the click is repeated.
    @Test mutating func anOutcomeWhoseClickIsLostCounts() async throws {
        let decision = QualificationDecision(
            dealership: "north", request: try Event.click("r1").payload(), time: .test, history: .init())
        log.append(decision.event(), to: .qualifications)
        log.append(.click("r2", on: "c2"), to: .qualifications)
        log.append(.click("r1"), to: .qualifications)
        #expect(try await shard.fold(.qualifications, of: log).deadLetters.isEmpty)
        let request = try await shard.read { try QualifyRequest.find("r1", of: "north", in: $0) }
        #expect(request?.outcome == .qualified)
        #expect(try request?.requested() == nil)
        // The deal is announced, and nothing is decided a second time.
        let owed = try await shard.owed().map(\.event)
        #expect(!owed.contains { $0.id == decision.event().id })
        let deal = try decision.event().payload(ConversationQualified.self).deal?.dealId
        #expect(deal != nil)
        #expect(try owed.contains { try $0.type == DealCreated.type && $0.payload(DealCreated.self).dealId == deal })
    }

    @Test mutating func anOutcomeOfAnotherConversationIsADeadLetter() async throws {
        log.append(.click("r1", on: "c1"), to: .qualifications)
        let foreign = QualificationDecision(
            dealership: "north", request: try Event.click("r1", on: "c2").payload(), time: .test, history: .init())
        // Under its own id: of an id that was refused nothing is owed any more.
        var event = foreign.event()
        event.id = "x"
        log.append(event, to: .qualifications)
        #expect(try await shard.fold(.qualifications, of: log).deadLetters == ["invalid-field"])
        #expect(try await shard.owed().map(\.event.id) == ["r1.qualified"])
    }

    @Test mutating func unknownTypesAreSkippedAndKnownOnesIgnored() async throws {
        var event = Event.click("r1")
        event.type = "qualify.imagined"
        log.append(event, to: .qualifications)
        #expect(try await shard.fold(.qualifications, of: log).skipped == 1)
        let read = ConversationRead(conversationId: "c1", messageId: "c1.c.m1", by: Staff(id: "s1", name: "Sam"))
        log.append(Event(read, id: "x", dealership: "north", service: "conversations", time: .test), to: .messages)
        event.type = "message.imagined"
        log.append(event, to: .messages)
        let outcome = try await shard.fold(.messages, of: log)
        #expect(outcome.folded == 2)
        #expect(outcome.skipped == 1)
        #expect(outcome.deadLetters.isEmpty)
    }

    @Test mutating func aConversationBeginsWithItsFirstMessage() async throws {
        var later = Event.received("c1", "m2")
        later.time = Timestamp.test.adding(milliseconds: 60_000)
        log.append(later, to: .messages)
        try await shard.foldAll(log)
        let began = try await shard.read { try ConversationFacts.find("c1", of: "north", in: $0)?.firstMessageAt }
        #expect(began == .test)
        #expect(try await shard.read { try ConversationFacts.find("c1", of: "south", in: $0) } == nil)
    }
}
