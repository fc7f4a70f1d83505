import Contracts
import GRDB
import ServiceKit
import Testing

@testable import Conversations

/// Texts in and out, claims, reports and consent, through the fold alone.
@Suite struct TextThreadsTests {
    static let (number, phone) = ("+13145550100", "+13145550123")
    let threads = Threads()
    let queue: DatabaseQueue

    init() throws {
        queue = try DatabaseQueue()
        try queue.write { try Threads().createTables($0) }
    }

    @discardableResult
    private func fold(_ log: Log, from first: Int64 = 0) throws -> [String] {
        try queue.write { db in
            var refused: [String] = []
            for (offset, event) in log.records where offset >= first {
                do {
                    _ = try threads.fold(event, at: offset, in: db)
                } catch let error as MalformedEvent {
                    refused.append(error.reason)
                }
            }
            return refused
        }
    }

    private func texts(_ id: String) throws -> [String] {
        try queue.read { try threads.messages(of: id, after: -1, limit: 100, in: $0) }.map { "\($0.seq) \($0.text)" }
    }

    private func dump() throws -> [String] {
        try queue.read { db in
            try Threads.tables.flatMap { try Row.fetchAll(db, sql: "SELECT * FROM \($0)").map(\.description) }
        }
    }

    private var consent: Consent? {
        get throws { try queue.read { try threads.consent("d1", Self.number, Self.phone, $0) } }
    }

    private func text(_ offset: Int64) throws -> OutgoingText {
        try queue.read { try #require(try threads.text(at: offset, in: $0)) }
    }

    // MARK: In

    @Test func stopOpensNothingAndIsKeptInTheLedger() throws {
        var log = Log()
        log.textCame("s1", "A-1", " Stop! ")
        try fold(log)
        #expect(try queue.read { try threads.conversation("s1", dealership: "d1", in: $0) } == nil)
        #expect(try consent == .stopped)
        log.textCame("s1", "A-2", "Start")
        log.textCame("s1", "A-1", " Stop! ")
        try fold(log)
        // The repeat of the first one says nothing new.
        #expect(try consent == .granted)
        #expect(try texts("s1") == ["1 Start"])
    }

    @Test func stopInAConversationStartsNoTimerAndOpensNothingClosed() throws {
        var log = Log()
        log.textCame("s1", "A-1", "Hello")
        log.append(ConversationClosed(conversationId: "s1", by: Log.sam))
        log.textCame("s1", "A-2", "STOP")
        try fold(log)
        let row = try queue.read { try #require(try Row.fetchOne($0, sql: "SELECT * FROM conversations")) }
        #expect(row["status"] == "closed")
        #expect(row["awaiting_since"] == nil)
        #expect(row["unread"] == 1)
        #expect(try texts("s1") == ["1 Hello", "2 STOP"])
        log.textCame("s1", "A-3", "Hello again")
        try fold(log)
        #expect(try queue.read { try threads.conversation("s1", dealership: "d1", in: $0) }?.status == .open)
    }

    @Test func anAnswerComesToWhereStaffTextedFrom() throws {
        var log = Log()
        log.received("w1", "a")
        log.sms("w1", "r1", "Still interested?")
        log.textCame("s1", "A-1", "Yes please")
        log.textCame("s1", "A-1", "Yes please")
        try fold(log)
        #expect(try texts("w1") == ["1 Hello", "2 Still interested?", "3 Yes please"])
        #expect(try texts("s1") == [])
        // Another dealership's conversation takes nothing.
        log.textCame("s1", "A-2", "Hi", dealership: "d2")
        try fold(log)
        #expect(try texts("s1") == ["1 Hi"])
    }

    @Test func aFilesFirstResultCounts() throws {
        var log = Log()
        log.append(
            MessageReceived(
                conversationId: "s1", clientMessageId: "A-1", channel: .sms, text: "", from: Self.phone,
                to: Self.number, media: [MediaReference(url: "https://x.example/1", contentType: "image/png")]))
        try fold(log)
        let pending = try queue.read { try threads.pendingMedia(limit: 10, in: $0) }
        #expect(pending.map(\.url) == ["https://x.example/1"])
        log.append(
            MessageMedia(conversationId: "s1", messageId: "s1.c.A-1", index: 0, state: .refused, reason: "too-large"))
        log.append(
            MessageMedia(
                conversationId: "s1", messageId: "s1.c.A-1", index: 0, state: .stored, contentType: "image/png",
                bytes: 5, sha256: "00"))
        try fold(log)
        let message = try queue.read { try threads.message("A-1", from: .customer, conversation: "s1", in: $0) }
        #expect(message?.media?.map(\.state) == ["refused"])
        #expect(message?.media?.first?.reason == "too-large")
        #expect(try queue.read { try threads.pendingMedia(limit: 10, in: $0) }.isEmpty)
    }

    // MARK: Out

    @Test func theFirstClaimHolds() throws {
        var log = Log()
        log.textCame("s1", "A-1", "Hello")
        let place = log.sms("s1", "r1", "Yes")
        log.status("s1", "r1", TextStatus.sending, claim: "one")
        log.status("s1", "r1", TextStatus.sending, claim: "two")
        log.status("s1", "r1", TextStatus.released, claim: "two")
        try fold(log)
        #expect(try text(place).claim == "one")
        log.status("s1", "r1", TextStatus.released, claim: "one")
        log.status("s1", "r1", TextStatus.sending, claim: "two")
        try fold(log)
        #expect(try text(place).claim == "two")
        log.status("s1", "r1", "queued", sid: "SM1")
        log.status("s1", "r1", TextStatus.sending, claim: "three")
        try fold(log)
        #expect(try text(place).claim == "two")
        #expect(try text(place).sid == "SM1")
    }

    @Test func reportsOnlyMoveForward() throws {
        let reports = ["queued", "sending", "sent", "delivered", "read", "failed", "undelivered", "accepted", "new"]
        // Every order of three of them ends where its highest is, unless it failed before it was delivered.
        for a in reports {
            for b in reports {
                for c in reports {
                    try queue.write {
                        try $0.execute(
                            sql:
                                "DELETE FROM texts; DELETE FROM messages; DELETE FROM conversations; DELETE FROM texts_received; DELETE FROM text_routes"
                        )
                    }
                    var log = Log()
                    log.textCame("s1", "A-1", "Hello")
                    let place = log.sms("s1", "r1", "Yes")
                    for one in [a, b, c] { log.status("s1", "r1", one, sid: "SM1") }
                    try fold(log)
                    var best: Int64 = 0
                    for one in [a, b, c] {
                        guard let rank = TextStatus.rank(one) else { continue }
                        if best == 100 || (rank == 100 && best >= 40) { continue }
                        best = max(best, rank)
                    }
                    #expect(try text(place).rank == best, "\(a) \(b) \(c)")
                }
            }
        }
    }

    @Test func aFailureKeepsItsReasonAndOptedOutFeedsTheLedger() throws {
        var log = Log()
        log.textCame("s1", "A-1", "Hello")
        log.sms("s1", "r1", "Yes")
        log.status("s1", "r1", "failed", code: 21610, reason: "Attempt to send to unsubscribed recipient")
        log.status("s1", "r1", "failed")
        log.status("s1", "r1", "sent")
        try fold(log)
        let message = try queue.read { try threads.message("r1", from: .staff, conversation: "s1", in: $0) }
        #expect(message?.status == "failed")
        #expect(message?.error?.code == 21610)
        #expect(try consent == .stopped)
        // Folded again after the customer has opted in, the old failure says nothing.
        log.textCame("s1", "A-2", "START")
        log.status("s1", "r1", "failed", code: 21610)
        try fold(log)
        #expect(try consent == .granted)
    }

    @Test func onePhoneIsTextedOneByOne() throws {
        var log = Log()
        log.textCame("s1", "A-1", "Hello")
        let first = log.sms("s1", "r1", "one")
        let second = log.sms("s1", "r2", "two")
        let other = log.sms("s1", "r3", "three", phone: "+13145550124")
        func sendable() throws -> [Int64] {
            try queue.read { try threads.sendableTexts(limit: 10, in: $0) }.map(\.offset)
        }
        try fold(log)
        #expect(try sendable() == [first, other])
        log.status("s1", "r1", TextStatus.sending, claim: "one")
        try fold(log)
        #expect(try sendable() == [other])
        log.status("s1", "r1", TextStatus.unconfirmed, claim: "one")
        try fold(log)
        #expect(try sendable() == [second, other])
        log.status("s1", "r1", "delivered", sid: "SM1")
        try fold(log)
        #expect(try queue.read { try threads.textCounts(in: $0) } == (waiting: 2, claimed: 0, unconfirmed: 0))
    }

    @Test func aReportOfWhatIsNoTextIsRefused() throws {
        var log = Log()
        log.received("w1", "a")
        log.sent("w1", "r1")
        log.status("w1", "r1", "delivered")
        log.status("w1", "r9", "delivered")
        log.status("w9", "r9", "delivered")
        #expect(try fold(log) == ["unknown-message", "unknown-message", "unknown-conversation"])
    }

    // MARK: Staff text first

    @Test func staffTextFirstAndTheCustomerAnswers() throws {
        var log = Log()
        let ask = MessageSent(
            conversationId: "s1", clientMessageId: "r1", channel: .sms, text: "May I text you?", author: Log.sam,
            from: Self.number, to: Self.phone, asksConsent: true,
            begins: TextStart(customerId: "k1", name: "Ana Ortiz", dealId: "deal-1"))
        log.append(ask)
        log.append(ask)
        try fold(log)
        let conversation = try queue.read { try threads.conversation("s1", dealership: "d1", in: $0) }
        #expect(conversation?.kind == "text")
        #expect(conversation?.messages == 1)
        #expect(try consent == .asked)
        log.textCame("s1", "A-1", "Who is this?")
        try fold(log)
        #expect(try consent == .asked)
        log.textCame("s1", "A-2", "yes")
        try fold(log)
        #expect(try consent == .granted)
        #expect(try texts("s1") == ["1 May I text you?", "2 Who is this?", "3 yes"])
        log.append(
            ConsentChanged(conversationId: "s1", from: Self.number, phone: Self.phone, state: .stopped, by: Log.sam))
        try fold(log)
        #expect(try consent == .stopped)
    }

    @Test func ofTwoQuestionsTheFirstGoesUnlessItWasAnsweredOtherwise() throws {
        var log = Log()
        let first = log.asks("s1", "q1")
        let second = log.asks("s1", "q2")
        try fold(log)
        #expect(try text(first).rank == 0)
        #expect(try text(second).rank == TextStatus.terminalRank)
        #expect(try text(second).reason == TextStatus.Reason.consentPending)
        log.textCame("s1", "A-1", "Who is this?")
        let third = log.asks("s1", "q3")
        try fold(log)
        #expect(try text(third).rank == 0)
        // Nor is anybody asked out of a no.
        log.textCame("s1", "A-2", "NO")
        log.asks("s1", "q4")
        try fold(log)
        #expect(try consent == .declined)
    }

    @Test func whatMayHaveArrivedMayBeAskedAgain() throws {
        var log = Log()
        log.asks("s1", "q1")
        log.status("s1", "q1", TextStatus.sending, claim: "one")
        try fold(log)
        #expect(try queue.read { try threads.questionStands("d1", Self.number, Self.phone, $0) })
        log.status("s1", "q1", TextStatus.unconfirmed, claim: "one")
        try fold(log)
        #expect(try !queue.read { try threads.questionStands("d1", Self.number, Self.phone, $0) })
    }

    @Test func anOptOutThatComesAfterTheFailureCountsOnce() throws {
        var log = Log()
        log.textCame("s1", "A-1", "Hello")
        log.sms("s1", "r1", "Yes")
        log.status("s1", "r1", "failed")
        log.status("s1", "r1", "undelivered", code: 21610)
        try fold(log)
        #expect(try consent == .stopped)
        log.textCame("s1", "A-2", "START")
        log.status("s1", "r1", "undelivered", code: 21610)
        try fold(log)
        #expect(try consent == .granted)
    }

    @Test func theLastFormOfAVisitorCounts() throws {
        var log = Log()
        func share(_ client: String, _ phone: String?, _ mayText: Bool) {
            log.append(
                MessageReceived(
                    conversationId: "w1", clientMessageId: client, channel: .web, text: "Here I am",
                    contact: SharedContact(phone: phone, mayText: mayText)))
        }
        func shared() throws -> String? {
            try fold(log)
            return try queue.read { try threads.conversation("w1", dealership: "d1", in: $0) }?.contactPhone
        }
        share("a", Self.phone, true)
        #expect(try shared() == Self.phone)
        share("b", nil, false)
        #expect(try shared() == Self.phone)
        share("c", Self.phone, false)
        #expect(try shared() == nil)
    }

    @Test func foldedTwiceIsFoldedOnce() throws {
        var log = Log()
        log.received("w1", "a")
        log.textCame("s1", "A-1", "Hello")
        log.sms("s1", "r1", "Yes")
        log.status("s1", "r1", TextStatus.sending, claim: "one")
        log.status("s1", "r1", TextStatus.released, claim: "one")
        log.status("s1", "r1", TextStatus.sending, claim: "two")
        log.status("s1", "r1", "queued", sid: "SM1")
        log.textCame("s1", "A-2", "STOP")
        log.textCame("s1", "A-3", "START")
        log.sms("w1", "r2", "From the website's conversation")
        log.textCame("s1", "A-4", "Answered")
        log.status("w1", "r2", "failed", code: 21610)
        try fold(log)
        let once = try dump()
        try fold(log)
        try fold(log)
        #expect(try dump() == once)
    }
}

extension Log {
    @discardableResult
    mutating func textCame(
        _ conversation: String, _ client: String, _ text: String, dealership: String = "d1"
    ) -> Int64 {
        received(conversation, client, text, dealership: dealership, channel: .sms)
    }

    @discardableResult
    mutating func sms(
        _ conversation: String, _ client: String, _ text: String, phone: String = TextThreadsTests.phone
    ) -> Int64 {
        append(
            MessageSent(
                conversationId: conversation, clientMessageId: client, channel: .sms, text: text, author: Log.sam,
                from: TextThreadsTests.number, to: phone))
    }

    @discardableResult
    mutating func asks(_ conversation: String, _ client: String) -> Int64 {
        append(
            MessageSent(
                conversationId: conversation, clientMessageId: client, channel: .sms, text: "May I text you?",
                author: Log.sam, from: TextThreadsTests.number, to: TextThreadsTests.phone, asksConsent: true,
                begins: TextStart()))
    }

    mutating func status(
        _ conversation: String, _ client: String, _ status: String, claim: String? = nil, sid: String? = nil,
        code: Int64? = nil, reason: String? = nil
    ) {
        append(
            MessageStatus(
                conversationId: conversation,
                messageId: Side.staff.messageId(conversation: conversation, clientMessageId: client), status: status,
                claim: claim, sid: sid, errorCode: code, reason: reason))
    }
}
