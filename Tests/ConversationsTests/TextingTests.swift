import Contracts
import GRDB
import ServiceKit
import Testing

@testable import Conversations

/// What staff see of texts.
@Suite struct TextingTests {
    private let shard: TestShard
    private var log = Log()
    private var terms = TextTerms()

    init() throws {
        shard = try TestShard()
        terms.numbers = ["+13145550100"]
    }

    private func view(_ id: String) throws -> ConversationView {
        let (terms, now) = (terms, shard.clock.now)
        return try #require(
            try shard.read { try ConversationView.one(id, dealership: "d1", now: now, terms, in: $0) })
    }

    @Test mutating func whereTheCustomerCanBeTexted() throws {
        log.received("c1", "a")
        log.received("sms-1", "a", channel: .sms)
        log.append(
            MessageReceived(
                conversationId: "c2", clientMessageId: "a", channel: .web, text: "Call me",
                contact: SharedContact(phone: "+13145550124", mayText: true)))
        try shard.fold(log)
        #expect(try view("c1").texting == nil)
        #expect(
            try view("sms-1").texting
                == TextLine(from: "+13145550100", to: "+13145550123", consent: .none, quietUntil: nil))
        #expect(try view("c2").texting?.to == "+13145550124")
        log.received("sms-1", "b", "Stop", channel: .sms)
        try shard.fold(log)
        terms.quietUntil = Log.start
        #expect(try view("sms-1").texting?.consent == .stopped)
        #expect(try view("sms-1").texting?.quietUntil == Log.start)
        terms.numbers = []
        #expect(try view("sms-1").texting == nil)
    }

    @Test mutating func whoWasTextedFirstHasTheNameThatTheyHaveByNow() throws {
        log.asked("sms-1", TextStart(customerId: "k-c1", name: "A. Ortiz", dealId: "deal1"))
        log.asked("sms-2", TextStart(name: "Bo"), phone: "+13145550124")
        try shard.fold(log)
        #expect(try view("sms-1").kind == "text")
        #expect(try view("sms-1").customer == .init(id: "k-c1", name: "A. Ortiz"))
        #expect(try view("sms-1").deal?.id == "deal1")
        #expect(try view("sms-2").customer == nil)
        #expect(try view("sms-2").name == "Bo")
        var qualifications = Log()
        qualifications.qualified("c1", request: "r1", name: ("Ana", "Old"), after: 0)
        qualifications.qualified("c1", request: "r2", after: 0)
        try shard.fold(qualifications, .qualifications)
        #expect(try view("sms-1").customer?.name == "Ana Ortiz")
        #expect(try shard.list { $0.search = "Bo" }.items.map(\.id) == ["sms-2"])
        #expect(try shard.list { $0.search = "Ortiz, ana" }.items.map(\.id) == ["sms-1"])
    }

    @Test mutating func theTimelineHasWhoStoppedTexts() throws {
        log.received("sms-1", "a", channel: .sms)
        log.append(
            ConsentChanged(
                conversationId: "sms-1", from: "+13145550100", phone: "+13145550123", state: .stopped, by: Log.kim))
        try shard.fold(log)
        let items = try shard.read { db in
            let conversation = try #require(try Threads().conversation("sms-1", dealership: "d1", in: db))
            return try Timeline.page(conversation, after: nil, limit: 10, in: db).items
        }
        #expect(items.map(\.type) == ["message.received", "consent.changed"])
        #expect(items.last?.by == Log.kim)
    }

    // MARK: The stream

    /// `s:<message>=<status>`, `m:<text>`, `@<id>`.
    private func brief(_ place: StreamPlan.Place, limit: Int = 100) throws -> (events: [String], plan: StreamPlan) {
        let scope = StreamPlan.Scope(dealership: "d1", now: shard.clock.now, limit: limit)
        let plan = try #require(try shard.read { try StreamPlan.next(place, scope, in: $0) })
        let events: [String] = try plan.events.compactMap { event in
            guard let data = event.data else { return event.id.map { "@\($0)" } }
            let json = try JSONView(Array(data.utf8))
            switch event.event {
            case "message": return "m:\(try json.string("text"))=\(try json.string("status"))"
            case "status": return "s:\(try json.string("messageId"))=\(try json.string("status"))"
            default: return nil
            }
        }
        return (events, plan)
    }

    private mutating func status(_ client: String, _ status: String, claim: String? = nil, code: Int64? = nil) {
        log.append(
            MessageStatus(
                conversationId: "sms-1", messageId: "sms-1.s.\(client)", status: status, claim: claim,
                errorCode: code))
    }

    @Test mutating func aTextGoesOnAfterItsMessage() throws {
        log.received("sms-1", "a", "Hi", channel: .sms)
        log.texted("sms-1", "x")
        try shard.fold(log)
        var (events, plan) = try brief(.init(cursor: StreamCursor("m1")))
        #expect(events == ["m:Yes=sending"])
        status("x", "sending", claim: "k")
        status("x", "sent")
        try shard.fold(log)
        (events, plan) = try brief(plan.place)
        #expect(events == ["s:sms-1.s.x=sent", "@m4"])
        status("x", "undelivered", code: 30003)
        status("x", "delivered")
        log.texted("sms-1", "y")
        try shard.fold(log)
        (events, plan) = try brief(plan.place)
        #expect(events == ["s:sms-1.s.x=failed", "m:Yes=sending"])
        let failed = try #require(plan.events.first { $0.event == "status" }?.data)
        #expect(try JSONView(Array(failed.utf8)).object("error").integer("code") == 30003)
    }

    @Test mutating func anAttachmentComesAsAStatusOfItsMessage() throws {
        log.append(
            MessageReceived(
                conversationId: "sms-1", clientMessageId: "a", channel: .sms, text: "", from: "+13145550123",
                to: "+13145550100", media: [.init(url: "https://example.com/1", contentType: "image/jpeg")]))
        try shard.fold(log)
        log.append(
            MessageMedia(
                conversationId: "sms-1", messageId: "sms-1.c.a", index: 0, state: .stored, contentType: "image/png",
                bytes: 9, sha256: String(repeating: "a", count: 64)))
        log.received("x1", "a", dealership: "d2")
        try shard.fold(log)
        let (events, plan) = try brief(.init(cursor: StreamCursor("m1")))
        #expect(events == ["s:sms-1.c.a=received", "@m3"])
        let data = try #require(plan.events.first { $0.event == "status" }?.data)
        let media = try #require(try JSONView(Array(data.utf8)).optionalObjects("media")).first
        #expect(try media?.string("state") == "stored")
        #expect(try media?.string("contentType") == "image/png")
    }

    @Test mutating func anothersTextsAreNobodysBusiness() throws {
        log.received("x", "a", dealership: "d2", channel: .sms)
        log.texted("x", "x", dealership: "d2")
        log.append(
            MessageStatus(conversationId: "x", messageId: "x.s.x", status: "sent"), dealership: "d2")
        try shard.fold(log)
        #expect(try brief(.init(cursor: StreamCursor("m2"))).events == ["@m3"])
    }

    /// In pieces and with cuts each text's last state comes after, or with, its message.
    @Test(arguments: [1, 2, 3, 100]) mutating func everyCutBringsTheLastState(_ limit: Int) throws {
        log.received("sms-1", "a", "Hi", channel: .sms)
        for client in 0..<6 {
            log.texted("sms-1", "t\(client)")
            if client > 1 { status("t\(client - 2)", "sent") }
            if client > 3 { status("t\(client - 4)", client == 4 ? "failed" : "delivered") }
        }
        try shard.fold(log)
        let wanted = ["t0": "failed", "t1": "delivered", "t2": "sent", "t3": "sent", "t4": "sending", "t5": "sending"]
        for cut in 1...25 {
            var (id, seen): (String, [String: String]) = ("0", [:])
            for connection in 0..<100 where id != "m\(log.records.count)" {
                var budget = cut + connection
                var place = StreamPlan.Place(cursor: StreamCursor(id))
                while budget > 0 {
                    let scope = StreamPlan.Scope(dealership: "d1", now: shard.clock.now, limit: limit)
                    let plan = try #require(try shard.read { try StreamPlan.next(place, scope, in: $0) })
                    for event in plan.events where budget > 0 {
                        budget -= 1
                        id = event.id ?? id
                        guard let data = event.data, event.event != "conversation" else { continue }
                        let json = try JSONView(Array(data.utf8))
                        let message = try event.event == "status" ? json.string("messageId") : json.string("id")
                        // What was not shown yet comes with its state in the message.
                        let isKnown = event.event == "message" || seen[String(message.dropFirst(8))] != nil
                        if message.hasPrefix("sms-1.s."), isKnown {
                            seen[String(message.dropFirst(8))] = try json.string("status")
                        }
                    }
                    place = plan.place
                    if !plan.hasMore { break }
                }
            }
            #expect(seen == wanted, "cut after \(cut)")
        }
    }

    @Test func aWakeUpLooksOnlyAtWhatIsNew() throws {
        let plan = try shard.read {
            try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN \(TextChange.query)", arguments: [1, 2, 1, 2, "d1", 9])
        }
        .map { $0["detail"] as String }
        for index in ["texts_changed", "attachments_changed"] {
            #expect(plan.contains { $0.contains(index) }, "\(plan)")
        }
        #expect(!plan.contains { $0.contains("conversations_list") || $0.hasPrefix("SCAN m") }, "\(plan)")
    }
}
