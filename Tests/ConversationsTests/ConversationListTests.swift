import Contracts
import GRDB
import Testing

@testable import Conversations

@Suite struct ConversationListTests {
    private let shard: TestShard
    private var log = Log()

    init() throws {
        shard = try TestShard()
    }

    @Test mutating func theLatestMessageComesFirstAndPagesMeet() throws {
        for index in 0..<5 { log.received("c\(index)", "a") }
        log.received("c1", "b")
        log.append(ConversationRead(conversationId: "c0", messageId: "c0.c.a", by: Log.sam))
        try shard.fold(log)
        #expect(try shard.ids() == ["c1", "c4", "c3", "c2", "c0"])
        var pages: [[String]] = []
        var before: Int64?
        repeat {
            let page = try shard.list {
                $0.limit = 2
                $0.before = before
            }
            pages.append(page.items.map(\.id))
            before = page.next.flatMap { Int64($0) }
        } while before != nil
        #expect(pages == [["c1", "c4"], ["c3", "c2"], ["c0"]])
    }

    @Test mutating func filtersAndTheirCounts() throws {
        log.received("open", "a")
        log.received("done", "a")
        log.received("answered", "a")
        log.received("mine", "a")
        log.received("texted", "a", channel: .sms)
        log.append(ConversationClosed(conversationId: "done", by: Log.sam))
        log.sent("answered", "s")
        log.append(ConversationAssigned(conversationId: "mine", to: Log.sam, by: Log.kim))
        log.received("foreign", "a", dealership: "d2")
        try shard.fold(log)
        var presence = Log()
        presence.presence("open", .online, until: Log.start.adding(milliseconds: 5_000))
        presence.presence("done", .online, until: Log.start.adding(milliseconds: -1))
        presence.presence("mine", .away)
        presence.presence("answered", .offline)
        try shard.fold(presence, .presence)

        #expect(try shard.ids { $0.filter = .unreplied } == ["texted", "mine", "open"])
        #expect(try shard.ids { $0.filter = .mine } == ["mine"])
        #expect(try shard.ids { $0.filter = .closed } == ["done"])
        #expect(try shard.ids { $0.filter = .live } == ["mine", "open"])
        #expect(try shard.ids { $0.filter = .chat }.count == 5)
        #expect(
            try shard.list().counts == ["all": 5, "chat": 5, "live": 2, "unreplied": 3, "mine": 1, "closed": 1])
        shard.clock.advance(milliseconds: 6_000)
        #expect(try shard.ids { $0.filter = .live } == ["mine"], "what presence said holds until its time")
    }

    @Test mutating func searchFindsNamesNumbersMailAndText() throws {
        log.received("c1", "a", "Is the blue one still there?")
        log.received("c2", "a", "100% sure_thing")
        log.received("c3", "a", "hi", channel: .sms)
        log.received("c4", "a", "the blue one", dealership: "d2")
        try shard.fold(log)
        var qualifications = Log()
        qualifications.qualified(
            "c2", name: ("Ana", "Ortiz"), phones: ["+13145550199"], emails: ["ana@example.com"], after: 4)
        try shard.fold(qualifications, .qualifications)
        func found(_ text: String) throws -> [String] { try shard.ids { $0.search = text } }
        #expect(try found("BLUE") == ["c1"])
        #expect(try found("ana ort") == ["c2"])
        #expect(try found("@example") == ["c2"])
        #expect(try found("(314) 555-0199") == ["c2"])
        #expect(try found("555 0123") == ["c3"])
        #expect(try found("100%") == ["c2"])
        #expect(try found("%") == ["c2"], "stands for itself")
        #expect(try found("e_t") == ["c2"])
        #expect(try found("nobody") == [])
        #expect(try found("' OR 1=1 --") == [])
    }

    @Test mutating func searchKnowsNoCaseNoMarksAndNoOrderOfNames() throws {
        for id in ["c1", "c2", "c3", "c4"] { log.received(id, "a", "hello") }
        log.received("c5", "a", "Sind die ÜBERZÜGE noch da? Из Москвы")
        try shard.fold(log)
        var qualifications = Log()
        qualifications.qualified("c1", request: "r1", name: ("Íñigo", "Peña Ortiz"), after: 5)
        qualifications.qualified("c2", request: "r2", name: ("Иван", "Петров"), after: 5)
        qualifications.qualified(
            "c3", request: "r3", name: ("Ana", "Ortiz"), phones: ["+13145550199"], emails: ["ana_o@example.com"],
            after: 5)
        // The customer's details as they are now, not as they were.
        qualifications.qualified("c4", request: "r4", name: ("Old", "Name"), after: 5)
        qualifications.qualified("c4", request: "r5", name: ("New", "Name"), after: 5)
        try shard.fold(qualifications, .qualifications)
        func found(_ text: String) throws -> [String] { try shard.ids { $0.search = text } }
        #expect(try found("Ortiz Ana") == ["c3"])
        #expect(try found("ortiz, ana") == ["c3"])
        #expect(try found("ort an") == ["c3"], "parts of words")
        #expect(try found("ortiz") == ["c3", "c1"])
        #expect(try found("ana peña") == [])
        #expect(try found("PEÑA íñigo") == ["c1"])
        #expect(try found("pena inigo") == ["c1"])
        #expect(try found("pen\u{303}a") == ["c1"], "however it is composed")
        #expect(try found("ПЕТРОВ") == ["c2"])
        #expect(try found("Ana_O@Example.com") == ["c3"])
        #expect(try found("ana-o@example.com") == [], "stands for itself")
        for number in ["(314) 555-0199", "1-314-555-0199", "+1 314.555.0199", "3145550199", "555\u{2011}0199", "0199"] {
            #expect(try found(number) == ["c3"], "\(number)")
        }
        #expect(try found("old") == [])
        #expect(try found("new") == ["c4"])
        #expect(try found("überzüge") == ["c5"])
        #expect(try found("москвы") == ["c5"], "as a word that begins with a capital")
        #expect(try found("Москвы") == ["c5"])
        #expect(try found(",") == [])
    }

    @Test mutating func aQualifiedConversationHasItsCustomerAndDeal() throws {
        log.received("c1", "a")
        try shard.fold(log)
        var qualifications = Log()
        qualifications.qualified("c1", request: "r1", deal: "deal1", after: 1)
        // A zombie's second answer to the same click, and a later click that only changes the customer.
        qualifications.qualified("c1", request: "r1", name: ("Eve", ""), deal: "deal2", after: 1)
        try shard.fold(qualifications, .qualifications)
        var view = try #require(try shard.list().items.first)
        #expect(view.customer == .init(id: "k-c1", name: "Ana Ortiz"))
        #expect(view.deal?.id == "deal1")
        qualifications.qualified("c1", request: "r2", name: ("Anna", "Ortiz"), deal: nil, after: 1)
        qualifications.qualified("c1", request: "r3", name: ("Foreign", ""), after: 1, dealership: "d2")
        try shard.fold(qualifications, .qualifications)
        view = try #require(try shard.list().items.first)
        #expect(view.customer?.name == "Anna Ortiz")
        #expect(view.deal?.id == "deal1", "a click without a deal takes none away")
    }

    @Test mutating func aDealsConversationsAreThoseOfItsClicks() throws {
        for id in ["c1", "c2", "c3"] { log.received(id, "a", "hello from \(id)") }
        log.received("x1", "a", dealership: "d2")
        log.append(ConversationClosed(conversationId: "c1", by: Log.sam))
        try shard.fold(log)
        var qualifications = Log()
        qualifications.qualified("c1", request: "r1", deal: "deal1", after: 5)
        // A second click of the same conversation made another deal, and a third one none.
        qualifications.qualified("c1", request: "r2", deal: "deal2", after: 5)
        qualifications.qualified("c1", request: "r3", deal: nil, after: 5)
        qualifications.qualified("c2", request: "r4", deal: "deal2", after: 5)
        qualifications.qualified("x1", request: "r1", deal: "foreign", after: 5, dealership: "d2")
        // A click about another dealership's conversation.
        qualifications.qualified("x1", request: "r5", deal: "deal3", after: 5)
        // And another dealership's about one of ours.
        qualifications.qualified("c1", request: "r6", deal: "deal4", after: 5, dealership: "d2")
        try shard.fold(qualifications, .qualifications)
        func of(_ deal: String, _ change: (inout ConversationList) -> Void = { _ in }) throws -> [String] {
            try shard.ids {
                $0.deal = deal
                change(&$0)
            }
        }
        #expect(try of("deal1") == ["c1"], "also when the conversation has another deal by now")
        #expect(try of("deal2") == ["c2", "c1"])
        #expect(try of("foreign") == [])
        #expect(try of("deal3") == [])
        #expect(try of("deal4") == [])
        #expect(try of("deal9") == [])
        #expect(try of("deal2") { $0.filter = .closed } == ["c1"])
        #expect(try of("deal2") { $0.search = "FROM C2" } == ["c2"])
        #expect(try of("deal2") { $0.filter = .live } == [])
        #expect(try of("deal2") { $0.filter = .mine } == [])
        #expect(try of("deal2") { $0.limit = 1 } == ["c2"])
        #expect(try of("deal2") { $0.before = 1 } == ["c1"])
        #expect(try shard.list { $0.deal = "deal1" }.counts["all"] == 3, "counts are the whole menu's")
    }

    @Test func aDealIsFoundWithoutGoingThroughEverything() throws {
        var list = ConversationList(dealership: "d1", staff: "sam", now: Log.start)
        list.deal = "deal1"
        list.before = 9
        let wanted = list
        let plan = try shard.read { db in
            try Row.fetchAll(
                db, sql: "EXPLAIN QUERY PLAN \(wanted.query.sql)", arguments: wanted.query.arguments)
        }.map { $0["detail"] as String }
        #expect(plan.contains { $0.contains("outcomes_deal (deal=?)") }, "\(plan)")
        let byId = "SEARCH c USING INDEX sqlite_autoindex_conversations_1 (id=?)"
        #expect(plan.contains { $0.contains(byId) }, "\(plan)")
    }

    @Test mutating func aDeclinedClickIsNotAnsweredLater() throws {
        log.received("c1", "a")
        try shard.fold(log)
        var qualifications = Log()
        qualifications.append(
            QualifyDeclined(requestId: "r1", conversationId: "c1", reason: "already-qualified", dealId: "x"))
        qualifications.qualified("c1", request: "r1", after: 1)
        try shard.fold(qualifications, .qualifications)
        #expect(try shard.list().items.first?.customer == nil)
    }

    @Test mutating func aQualificationMayComeBeforeItsConversation() throws {
        var qualifications = Log()
        qualifications.qualified("c1", after: 1)
        try shard.fold(qualifications, .qualifications)
        #expect(try shard.ids() == [])
        log.received("c1", "a")
        try shard.fold(log)
        #expect(try shard.list().items.first?.deal?.id == "deal1")
    }

    @Test mutating func presenceIsUnknownWithoutWordOrAfterItsTime() throws {
        log.received("c1", "a")
        try shard.fold(log)
        #expect(try shard.list().items.first?.presence == .init(state: .unknown))
        var presence = Log()
        let until = Log.start.adding(milliseconds: 1_000)
        presence.presence("c1", .online, until: until)
        try shard.fold(presence, .presence)
        #expect(
            try shard.list().items.first?.presence
                == .init(state: .online, until: until, page: "https://example.com/a"))
        shard.clock.advance(milliseconds: 1_001)
        #expect(try shard.list().items.first?.presence == .init(state: .unknown))
        try shard.queue.write { try shard.logic.forget(.presence, in: $0) }
        try shard.fold(presence, .presence)
        #expect(
            try shard.read { try ConversationView.one("c1", dealership: "d1", now: Log.start, in: $0) }?
                .presence.state == .online)
    }
}
