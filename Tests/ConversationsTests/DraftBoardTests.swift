import Contracts
import Shards
import Testing

@testable import Conversations

@Suite struct DraftBoardTests {
    private var board = DraftBoard(capacity: 3)
    private var now = Log.start

    private mutating func type(_ text: String, _ revision: Int64, _ conversation: String = "c1", at: Timestamp? = nil) {
        board.change(
            DraftChanged(conversationId: conversation, revision: revision, text: text), dealership: "d1",
            at: at ?? now, now: now)
    }

    private mutating func shown(_ conversation: String = "c1", dealership: String = "d1") -> String {
        board.text(conversation, dealership: dealership, now: now)
    }

    @Test mutating func theRevisionOnlyGrows() {
        type("Hel", 2)
        type("H", 1)
        type("He", 2)
        #expect(shown() == "Hel")
        type("", 3)
        #expect(shown() == "")
    }

    @Test mutating func itGoesAfterEightSecondsWithoutAChange() {
        type("Hello", 1)
        now = now.adding(milliseconds: 7_999)
        #expect(shown() == "Hello")
        type("Hello?", 2)
        now = now.adding(milliseconds: 7_999)
        #expect(shown() == "Hello?")
        now = now.adding(milliseconds: 1)
        #expect(shown() == "")
        type("again", 1)
        #expect(shown() == "again", "another page counts anew")
    }

    @Test mutating func theMessageReplacesItAndALatePreviewStaysAway() {
        type("Hello", 5)
        let sent = now.adding(milliseconds: 100)
        now = now.adding(milliseconds: 200)
        board.close("c1", dealership: "d1", at: sent, now: now)
        #expect(shown() == "")
        type("Hello", 6, at: sent.adding(milliseconds: -1))
        #expect(shown() == "", "typed before the message")
        type("And", 7, at: sent.adding(milliseconds: 300))
        #expect(shown() == "And")
        type("Hello", 8, at: sent)
        #expect(shown() == "And")
    }

    @Test mutating func aPreviewThatComesOnlyAfterItsMessageIsNotShown() {
        board.close("c1", dealership: "d1", at: now, now: now)
        type("Hello", 1, at: now.adding(milliseconds: -50))
        #expect(shown() == "")
    }

    @Test mutating func oldMessagesOfARestoreLeaveNothing() {
        for index in 0..<100 {
            board.close("c\(index)", dealership: "d1", at: now.adding(milliseconds: -60_000), now: now)
        }
        #expect(board.count == 0)
    }

    @Test mutating func whatIsHeldIsBoundedAndStaleOnesMakeRoom() {
        for index in 0..<5 { type("x", 1, "c\(index)") }
        #expect(board.count == 3)
        #expect(shown("c4") == "")
        now = now.adding(milliseconds: 8_000)
        type("y", 1, "c4")
        #expect(shown("c4") == "y")
        #expect(board.count == 1)
    }

    @Test mutating func itsEndIsShownAndCharactersAreUnicodeScalars() {
        type(String(repeating: "e\u{301}", count: 1_000) + "end", 1)
        #expect(shown().unicodeScalars.count == 1_000 && shown().hasSuffix("end"))
    }

    @Test mutating func anotherDealershipSeesNothing() {
        type("Hello", 1)
        #expect(shown("c1", dealership: "d2") == "")
    }

    @Test(arguments: [
        ("my card is 4111 1111 1111 1111 ok", "my card is •••• •••• •••• •••• ok"),
        ("4111111111111111", "••••••••••••••••"),
        ("4111 1111 1", "•••• •••• •"),
        ("3782-822463-10005", "••••-••••••-•••••"),
        ("ssn 123-45-6789.", "ssn •••-••-••••."),
        ("123-45-6", "•••-••-•"),
        ("123456789", "•••••••••"),
        ("call 314-555-0123", "call 314-555-0123"),
        ("1-314-555-0123", "1-314-555-0123"),
        ("3145550123", "3145550123"),
        ("a 2024 for 25000?", "a 2024 for 25000?"),
        ("٤١١١١١١١١١١١١١١١", "••••••••••••••••"),
        ("3782 822463", "•••• ••••••"),
        ("4111  1111 – 1111 / 1111", "••••  •••• – •••• / ••••"),
        ("4111\t1111\n1111\u{2011}1111", "••••\t••••\n••••\u{2011}••••"),
        ("4111,1111,1111,1111", "••••,••••,••••,••••"),
        ("4111\u{200B}1111 (11", "••••\u{200B}•••• (••"),
        ("41111111111", "•••••••••••"),
        ("41 11 11 11 11 1", "•• •• •• •• •• •"),
        ("I am 42 123-45-6789", "I am •• •••-••-••••"),
        ("123  -  45  -  6789", "•••  -  ••  -  ••••"),
        ("on 11/22/2026, 4 or 5", "on 11/22/2026, 4 or 5"),
        ("2019 2020?", "2019 2020?"),
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("1 (314) 555-0123", "1 (314) 555-0123"),
        ("(314) 555-0123", "(314) 555-0123"),
        ("", ""),
    ])
    func cardAndSocialSecurityNumbersAreHidden(_ text: String, _ expected: String) {
        #expect(Masking.masked(text) == expected)
    }

    @Test func theFoldOfAMessageClosesItsDraft() throws {
        let shard = try TestShard()
        var log = Log()
        log.received("c1", "a")
        let typed = Event(
            DraftChanged(conversationId: "c1", revision: 1, text: "4111 1111 1111 1111"), id: "t",
            dealership: "d1", service: "ingest", time: Log.start.adding(milliseconds: -100))
        shard.logic.observe(typed, at: .init(topic: .typing, partition: 0, offset: 0))
        #expect(shard.logic.drafts.text("c1", dealership: "d1") == "•••• •••• •••• ••••")
        try shard.fold(log)
        #expect(shard.logic.drafts.text("c1", dealership: "d1") == "")
    }
}
