import Contracts
import ServiceKit
import Testing

@testable import Ingest

/// What pages send, and what is wrong with it.
@Suite struct BodiesTests {
    private func json(_ text: String) throws -> JSONView { try JSONView(Array(text.utf8)) }

    private func fails<T>(naming field: String, _ body: () throws -> T) {
        let error = #expect(throws: MalformedEvent.self) { _ = try body() }
        #expect(error?.detail.hasPrefix(field) == true)
    }

    @Test func aMessage() throws {
        let message = try WebMessage(json(#"{"clientMessageId": "a_B-9", "text": " Hi \u0000👋\n"}"#))
        #expect(message.clientMessageId == "a_B-9")
        #expect(message.text == " Hi 👋\n")
    }

    @Test func aMessageIsOneToFourThousandCharacters() throws {
        func message(_ count: Int) throws -> WebMessage {
            try WebMessage(json(#"{"clientMessageId": "a", "text": "\#(String(repeating: "é", count: count))"}"#))
        }
        #expect(try message(4_000).text.count == 4_000)
        fails(naming: "text") { try message(4_001) }
        fails(naming: "text") { try message(0) }
        fails(naming: "text") { try WebMessage(json(#"{"clientMessageId": "a", "text": "\u0000"}"#)) }
        fails(naming: "text") { try WebMessage(json(#"{"clientMessageId": "a", "text": " \n "}"#)) }
        fails(naming: "text") { try WebMessage(json(#"{"clientMessageId": "a"}"#)) }
    }

    @Test(arguments: ["", "a b", "ä", "a.b", String(repeating: "x", count: 65)])
    func anIdThatIsNone(_ id: String) throws {
        fails(naming: "clientMessageId") { try WebMessage(json(#"{"clientMessageId": "\#(id)", "text": "x"}"#)) }
        fails(naming: "tabId") { try Beat(json(#"{"tabId": "\#(id)", "visible": true}"#)) }
    }

    @Test func whatAVisitorSharesIsNormalised() throws {
        func contact(_ members: String) throws -> SharedContact? {
            try WebMessage(json(#"{"clientMessageId": "a", "text": "x", "contact": {\#(members)}}"#)).contact
        }
        let whole = try contact(
            #""name": " Ana\n Ortiz ", "email": "Ana@Example.com", "phone": "(314) 555-0123", "mayText": true"#)
        #expect(
            whole
                == SharedContact(
                    name: "Ana  Ortiz", email: "ana@example.com", phone: "+13145550123", mayText: true))
        #expect(try contact(#""email": "", "phone": " ", "mayText": false"#) == SharedContact(mayText: false))
        #expect(try WebMessage(json(#"{"clientMessageId": "a", "text": "x"}"#)).contact == nil)
        #expect(try WebMessage(json(#"{"clientMessageId": "a", "text": "x", "contact": null}"#)).contact == nil)
        fails(naming: "contact.mayText") { try contact(#""phone": "3145550123""#) }
        fails(naming: "contact.phone") { try contact(#""phone": "555-0123", "mayText": true"#) }
        fails(naming: "contact.email") { try contact(#""email": "ana", "mayText": true"#) }
        fails(naming: "contact.name") {
            try contact(#""name": "\#(String(repeating: "x", count: 101))", "mayText": true"#)
        }
        fails(naming: "contact") {
            try WebMessage(json(#"{"clientMessageId": "a", "text": "x", "contact": "ana"}"#))
        }
    }

    @Test func aDraftKeepsItsEnd() throws {
        let text = String(repeating: "a", count: 3_000) + "end"
        let draft = try Draft(json(#"{"revision": 3, "text": "\#(text)"}"#))
        #expect(draft.text.count == 2_000 && draft.text.hasSuffix("end"))
        #expect(try Draft(json(#"{"revision": 0, "text": ""}"#)).text == "")
        fails(naming: "revision") { try Draft(json(#"{"revision": -1, "text": ""}"#)) }
        fails(naming: "text") { try Draft(json(#"{"revision": 1}"#)) }
    }

    @Test func aBeatRenewsAndALeaveEnds() throws {
        let now = Timestamp(milliseconds: 1_000)
        let page = String(repeating: "p", count: 600)
        let beat = try Beat(json(#"{"tabId": "t", "page": "\#(page)", "visible": true}"#))
        let event = beat.event(conversation: "c", dealership: "north", at: now)
        let visit = try event.payload(VisitBeat.self)
        #expect(visit.page?.count == 500 && visit.visible && visit.tabId == "t" && event.time == now)
        let leave = try Beat(json(#"{"tabId": "t", "leaving": true}"#))
        #expect(leave.event(conversation: "c", dealership: "north", at: now).type == VisitLeft.type)
        fails(naming: "visible") { try Beat(json(#"{"tabId": "t"}"#)) }
        fails(naming: "page") { try Beat(json(#"{"tabId": "t", "visible": true, "page": 3}"#)) }
    }

    @Test func aSessionsWish() throws {
        #expect(try SessionWish(json(#"{"dealership": "north"}"#)).resume == nil)
        #expect(try SessionWish(json(#"{"dealership": "north", "resume": "x.y.z"}"#)).resume == "x.y.z")
        fails(naming: "dealership") { try SessionWish(json("{}")) }
        fails(naming: "resume") { try SessionWish(json(#"{"dealership": "north", "resume": 1}"#)) }
    }

    @Test func aResumedSessionKeepsItsConversationUntilItIsClosed() {
        let earlier = VisitorIdentity(
            dealership: Dealership(id: "north", name: "North", timeZone: "America/Denver"), visitorId: "v-1",
            conversationId: "web-1", expiresAt: Timestamp(milliseconds: 0))
        let now = Timestamp(milliseconds: 5_000)
        let open = SessionIds(resuming: earlier, isClosed: false, at: now)
        #expect(open.visitorId == "v-1" && open.conversationId == "web-1")
        let closed = SessionIds(resuming: earlier, isClosed: true, at: now)
        #expect(closed.visitorId == "v-1" && closed.conversationId != "web-1")
        #expect(SessionIds(at: now) != SessionIds(at: now))
        #expect(Identifier.isValid(closed.conversationId))
    }
}
