import Contracts
import GRDB
import ServiceKit
import Testing

@testable import Conversations

@Suite struct StreamPlanTests {
    private let shard: TestShard
    private var log = Log()

    init() throws {
        shard = try TestShard()
    }

    private func next(_ place: StreamPlan.Place, limit: Int = 100, conversations: Int = 100) throws -> StreamPlan? {
        let scope = StreamPlan.Scope(
            dealership: "d1", now: shard.clock.now, limit: limit, conversations: conversations)
        return try shard.read { try StreamPlan.next(place, scope, in: $0) }
    }

    /// `m:<text>@<id>`, `c:<conversation>`, `@<id>` for one without data.
    private func brief(_ events: [ServerSentEvent]) throws -> [String] {
        try events.map { event in
            let id = event.id.map { "@\($0)" } ?? ""
            guard let data = event.data else { return id }
            let json = try JSONView(Array(data.utf8))
            switch event.event {
            case "message": return "m:\(try json.string("text"))\(id)"
            case "conversation": return "c:\(try json.string("id"))\(id)"
            default: return (event.event ?? "") + id
            }
        }
    }

    @Test mutating func aNewClientBeginsHereWithWhoIsPresent() throws {
        log.received("c1", "a")
        log.received("c2", "a")
        try shard.fold(log)
        var presence = Log()
        presence.presence("c2", .online)
        try shard.fold(presence, .presence)
        let plan = try #require(try next(.init()))
        #expect(try brief(plan.events) == ["@m2", "c:c2"])
        let again = try #require(try next(plan.place))
        #expect(again.events.isEmpty)
        #expect(again.place == plan.place)
    }

    @Test mutating func conversationsFirstThenMessagesThenTheCursor() throws {
        log.received("c1", "a", "old")
        log.received("c1", "b", "one")
        log.received("x1", "a", "foreign", dealership: "d2")
        log.received("c2", "a", "two")
        log.append(ConversationRead(conversationId: "c1", messageId: "c1.c.b", by: Log.sam))
        try shard.fold(log)
        var qualifications = Log()
        qualifications.qualified("c1", after: 5)
        try shard.fold(qualifications, .qualifications)
        let cursor = try #require(StreamCursor("m1"))
        let plan = try #require(try next(.init(cursor: cursor)))
        #expect(try brief(plan.events) == ["c:c2", "c:c1", "m:one@m2.q1", "m:two@m4.q1", "@m5.q1"])
    }

    @Test mutating func aChangeWithoutAMessageMovesTheCursorToo() throws {
        log.received("c1", "a")
        log.append(ConversationClosed(conversationId: "c1", by: Log.sam))
        try shard.fold(log)
        let plan = try #require(try next(.init(cursor: StreamCursor("m1"))))
        #expect(try brief(plan.events) == ["c:c1", "@m2"])
    }

    @Test mutating func aPresenceChangeComesAsAConversation() throws {
        log.received("c1", "a")
        try shard.fold(log)
        let place = try #require(try next(.init())).place
        var presence = Log()
        presence.presence("nobody-yet", .online)
        presence.presence("c1", .away)
        try shard.fold(presence, .presence)
        let plan = try #require(try next(place))
        #expect(try brief(plan.events) == ["c:c1"])
        #expect(try #require(try next(plan.place)).events.isEmpty)
    }

    @Test mutating func aCursorAheadWaits() throws {
        log.received("c1", "a")
        try shard.fold(log)
        #expect(try next(.init(cursor: StreamCursor("m2"))) == nil)
        #expect(try next(.init(cursor: StreamCursor("m1.q1"))) == nil)
        #expect(try next(.init(cursor: StreamCursor("m1"))) != nil)
    }

    @Test mutating func aResetBringsTheStateAndItsCursor() throws {
        log.received("c1", "a", "one")
        log.received("x1", "a", "foreign", dealership: "d2")
        log.received("c2", "a", "two")
        log.received("c1", "b", "three")
        try shard.fold(log)
        let scope = StreamPlan.Scope(dealership: "d1", now: shard.clock.now, limit: 2)
        let plan = try shard.read { try StreamPlan.reset(scope, in: $0) }
        #expect(try brief(plan.events) == ["reset", "c:c2", "c:c1", "m:two@m3", "m:three@m4"])
        #expect(try #require(try next(plan.place)).events.isEmpty)
        let empty = StreamPlan.Scope(dealership: "d3", now: shard.clock.now)
        #expect(try brief(try shard.read { try StreamPlan.reset(empty, in: $0) }.events) == ["reset", "@m4"])
    }

    @Test func aWakeUpLooksOnlyAtWhatIsNew() throws {
        let sql = "EXPLAIN QUERY PLAN \(ConversationView.select) WHERE \(StreamPlan.changes) AND +c.dealership = ?"
        let arguments: StatementArguments = [1, 2, "d1", 1, 2, "d1", 1, "d1", 9, "d1"]
        let plan = try shard.read { try Row.fetchAll($0, sql: sql, arguments: arguments) }
            .map { $0["detail"] as String }
        for index in ["conversations_changed", "contacts_changed", "presence_offset"] {
            #expect(plan.contains { $0.contains(index) }, "\(plan)")
        }
        #expect(plan.contains("SEARCH c USING INTEGER PRIMARY KEY (rowid=?)"), "\(plan)")
        #expect(!plan.contains { $0.contains("conversations_list") }, "\(plan)")
    }

    @Test mutating func whatChangedComesInPieces() throws {
        for index in 0..<4 { log.received("c\(index)", "a", "t\(index)") }
        for index in 0..<4 { log.append(ConversationAssigned(conversationId: "c\(index)", to: Log.sam, by: Log.sam)) }
        try shard.fold(log)
        var qualifications = Log()
        // One of a conversation that is not there yet: the cursor passes it, and its first message brings it.
        for id in ["c3", "later", "c2", "c1", "c0"] {
            qualifications.qualified(id, request: id, after: 8)
        }
        try shard.fold(qualifications, .qualifications)
        var place = StreamPlan.Place(cursor: StreamCursor("m4"))
        var pieces: [[String]] = []
        var plan: StreamPlan
        repeat {
            plan = try #require(try next(place, conversations: 2))
            pieces.append(try brief(plan.events))
            place = plan.place
        } while plan.hasMore
        #expect(
            pieces == [["c:c0", "c:c1", "c:c3", "@m6.q2"], ["c:c1", "c:c2", "c:c3", "@m8.q4"], ["c:c0", "@m8.q5"]])
    }

    /// What a client has of a stream: conversations by id, texts in order.
    private struct Screen: Equatable {
        var states: [String: String] = [:]
        var texts: [String] = []

        mutating func take(_ event: ServerSentEvent) throws {
            guard let data = event.data else { return }
            let json = try JSONView(Array(data.utf8))
            if event.event == "message" { texts.append(try json.string("text")) }
            if event.event == "conversation" { states[try json.string("id")] = data }
        }
    }

    /// - Parameter cut: the connection breaks after so many events, each time a few more.
    private func screen(limit: Int, conversations: Int, cut: Int) throws -> Screen {
        var screen = Screen()
        var id = "0"
        for connection in 0..<200 {
            var budget = cut == .max ? .max : cut + connection
            var place = StreamPlan.Place(cursor: StreamCursor(id))
            while true {
                let plan = try #require(try next(place, limit: limit, conversations: conversations))
                for event in plan.events where budget > 0 {
                    budget -= 1
                    id = event.id ?? id
                    try screen.take(event)
                }
                place = plan.place
                if budget == 0 { break }
                if !plan.hasMore { return screen }
            }
        }
        Issue.record("never done")
        return screen
    }

    /// Whatever the pieces and wherever the cuts, a client has in the end what one gets that came once and had it all.
    @Test(arguments: [(1, 1), (2, 1), (1, 3), (3, 2)])
    mutating func piecesAndCutsBringWhatOneResumeBrings(_ limit: Int, _ conversations: Int) throws {
        var qualifications = Log()
        for index in 0..<12 {
            log.received("c\(index)", "a", "t\(index)", dealership: index % 5 == 4 ? "d2" : "d1")
            if index % 3 == 0 { log.append(ConversationClosed(conversationId: "c\(index / 2)", by: Log.sam)) }
            if index % 2 == 0 {
                qualifications.qualified("c\(11 - index)", request: "r\(index)", deal: "deal\(index)", after: 1)
            }
        }
        for index in 0..<12 where index % 5 != 4 {
            log.append(ConversationAssigned(conversationId: "c\(index)", to: Log.kim, by: Log.sam))
        }
        try shard.fold(log)
        try shard.fold(qualifications, .qualifications)
        let whole = try screen(limit: 100, conversations: 100, cut: .max)
        #expect(whole.states.count == 10 && whole.texts.count == 10)
        #expect(try screen(limit: limit, conversations: conversations, cut: .max) == whole)
        for cut in 1...20 {
            #expect(try screen(limit: limit, conversations: conversations, cut: cut) == whole, "cut after \(cut)")
        }
    }

    /// Cuts after every event, at every chunk size: whatever the cut, each message comes exactly once and in order,
    /// and each conversation's last state comes.
    @Test(arguments: [1, 2, 3, 100]) mutating func everyCutIsResumedExactly(_ limit: Int) throws {
        for index in 0..<9 {
            log.received("c\(index % 3)", "m\(index)", "t\(index)", dealership: index % 4 == 3 ? "d2" : "d1")
            let to = index % 4 == 0 ? Log.sam : nil
            if index % 2 == 0 { log.append(ConversationAssigned(conversationId: "c0", to: to, by: Log.kim)) }
        }
        log.append(ConversationClosed(conversationId: "c1", by: Log.sam))
        try shard.fold(log)
        let expected = try shard.read {
            try Threads().messages(ofDealership: "d1", after: -1, upTo: 100, limit: 100, in: $0)
        }.map(\.text)
        #expect(expected.count > 4)
        for cut in 1...30 {
            var id: String?
            var texts: [String] = []
            var states: [String: String] = [:]
            var connections = 0
            repeat {
                connections += 1
                var budget = cut + connections
                let cursor: StreamCursor = try #require(StreamCursor(id ?? "0"))
                var place = StreamPlan.Place(cursor: cursor)
                var ended = false
                while !ended {
                    let plan = try #require(try next(place, limit: limit))
                    for event in plan.events where budget > 0 {
                        budget -= 1
                        id = event.id ?? id
                        guard let data = event.data else { continue }
                        let json = try JSONView(Array(data.utf8))
                        if event.event == "message" { texts.append(try json.string("text")) }
                        if event.event == "conversation" { states[try json.string("id")] = data }
                    }
                    place = plan.place
                    ended = !plan.hasMore || budget == 0
                }
            } while id != "m\(log.records.count)" && connections < 100
            #expect(texts == expected, "cut after \(cut)")
            for (conversation, state) in states {
                let now = shard.clock.now
                let view = try shard.read { try ConversationView.one(conversation, dealership: "d1", now: now, in: $0) }
                #expect(try StreamPlan.event("conversation", view).data == state)
            }
            #expect(states.count == 3)
        }
    }
}
