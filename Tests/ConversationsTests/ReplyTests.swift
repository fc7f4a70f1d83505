import Contracts
import GRDB
import HTTPTypes
import ServiceKit
import Testing

@testable import Conversations

/// Which way a reply goes, and why it may not.
@Suite struct ReplyTests {
    private let shard: TestShard
    private var log = Log()
    private var terms = TextTerms()

    init() throws {
        shard = try TestShard()
        terms.numbers = ["+13145550100", "+13145550199"]
    }

    private func reply(_ conversation: String) throws -> Reply {
        try shard.read { db in
            let known = try #require(try Threads().conversation(conversation, dealership: "d1", in: db))
            return Reply(
                conversation: known, line: try TextLine(known, terms, in: db),
                hasQualifiedPhone: conversation.hasPrefix("qualified"), terms: terms)
        }
    }

    private func code(_ conversation: String, _ channel: Channel? = nil, _ text: String = "Yes") throws -> String? {
        do {
            _ = try reply(conversation).message("m", text, by: Log.sam, on: channel)
            return nil
        } catch let problem as Problem {
            #expect(problem.status == .unprocessableContent)
            return problem.code
        }
    }

    private mutating func shared(_ conversation: String, mayText: Bool = true) {
        log.append(
            MessageReceived(
                conversationId: conversation, clientMessageId: "contact", channel: .web, text: "Phone: 314 555 0123",
                contact: SharedContact(phone: "+13145550123", mayText: mayText)))
    }

    @Test mutating func aTextGoesBackAsItCame() throws {
        log.received("sms-1", "a", channel: .sms)
        try shard.fold(log)
        let message = try reply("sms-1").message("m", "Yes", by: Log.sam, on: nil)
        #expect(message.channel == .sms)
        #expect(message.from == "+13145550100" && message.to == "+13145550123")
        #expect(try code("sms-1", .web) == "invalid-field")
    }

    @Test mutating func aChatStaysAChatUnlessStaffChoose() throws {
        log.received("c1", "a")
        shared("c1")
        try shard.fold(log)
        let chat = try reply("c1").message("m", "Yes", by: Log.sam, on: nil)
        #expect(chat.channel == .web && chat.from == nil && chat.to == nil)
        let text = try reply("c1").message("m", "Yes", by: Log.sam, on: .sms)
        #expect(text.from == "+13145550100" && text.to == "+13145550123")
    }

    @Test mutating func nobodyIsTextedWithoutANumberAndAWord() throws {
        log.received("c1", "a")
        log.received("qualified", "a")
        log.received("shared", "a")
        shared("shared", mayText: false)
        try shard.fold(log)
        #expect(try code("c1", .sms) == "no-phone")
        #expect(try code("qualified", .sms) == "no-consent")
        #expect(try code("shared", .sms) == "no-phone")
    }

    @Test mutating func aNumberThatIsNoMoreTheDealershipsIsNotTextedFrom() throws {
        log.received("sms-1", "a", channel: .sms)
        try shard.fold(log)
        terms.numbers = ["+13145550177"]
        #expect(try code("sms-1") == "texting-not-configured")
        terms.numbers = []
        #expect(try code("sms-1") == "texting-not-configured")
    }

    @Test mutating func consentDecides() throws {
        log.received("sms-1", "a", "Hello", channel: .sms)
        try shard.fold(log)
        #expect(try code("sms-1") == nil)
        for (text, wanted) in [("STOP", "opted-out"), ("please", "opted-out"), ("START", nil)] {
            log.received("sms-1", text, text, channel: .sms)
            try shard.fold(log)
            #expect(try code("sms-1") == wanted, "\(text)")
        }
        log.append(
            ConsentChanged(
                conversationId: "sms-1", from: "+13145550100", phone: "+13145550123", state: .stopped, by: Log.sam))
        try shard.fold(log)
        #expect(try code("sms-1") == "opted-out")
    }

    @Test mutating func theQuestionWaitsForItsAnswer() throws {
        log.asked("sms-1")
        try shard.fold(log)
        #expect(try code("sms-1") == "consent-pending")
        log.received("sms-1", "no", "No.", channel: .sms)
        try shard.fold(log)
        #expect(try code("sms-1") == "consent-declined")
        log.received("sms-1", "yes", "yes!", channel: .sms)
        try shard.fold(log)
        #expect(try code("sms-1") == nil)
    }

    @Test mutating func quietHoursSayUntilWhen() throws {
        log.received("sms-1", "a", channel: .sms)
        try shard.fold(log)
        terms.quietUntil = Timestamp("2026-03-02T14:00:00.000Z")
        terms.timeZone = "America/Chicago"
        let problem = try #require(try reply("sms-1").line?.refusal(in: terms.timeZone))
        #expect(problem.code == "quiet-hours")
        #expect(problem.detail.contains("8:00") && problem.detail.contains("Mar 2, 2026"), "\(problem.detail)")
        #expect(problem.extras["until"] == "2026-03-02T14:00:00.000Z")
        #expect(try code("sms-1") == "quiet-hours")
    }

    @Test mutating func aTextIsAtMost1600Characters() throws {
        log.received("sms-1", "a", channel: .sms)
        log.received("c1", "a")
        try shard.fold(log)
        #expect(try code("sms-1", nil, String(repeating: "ä", count: 1_600)) == nil)
        #expect(try code("sms-1", nil, String(repeating: "ä", count: 1_601)) == "invalid-field")
        #expect(try code("c1", nil, String(repeating: "ä", count: 1_601)) == nil)
        do {
            _ = try reply("sms-1").message("m", String(repeating: "a", count: 1_601), by: Log.sam, on: nil)
        } catch let problem as Problem {
            #expect(problem.field == "text")
        }
    }

    @Test func whoMayBeAsked() {
        func code(
            _ consent: TextLine.Permission, _ hasBegun: Bool, quiet: Bool = false, lost: Bool = false
        ) -> String? {
            let line = TextLine(
                from: "+13145550100", to: "+13145550123", consent: consent,
                quietUntil: quiet ? Log.start : nil, mayAskAgain: lost ? true : nil)
            let standing = FirstTexts.Standing(
                conversationId: "sms-1", hasBegun: hasBegun, texting: line, request: "May I?")
            do {
                try standing.check("UTC")
                return nil
            } catch { return error.code }
        }
        #expect(code(.none, false) == nil)
        #expect(code(.none, true) == "may-be-texted")
        #expect(code(.granted, true) == "may-be-texted")
        #expect(code(.asked, true) == "consent-pending")
        #expect(code(.declined, true) == "consent-declined")
        #expect(code(.stopped, false) == "opted-out")
        #expect(code(.none, false, quiet: true) == "quiet-hours")
        #expect(code(.asked, true, lost: true) == nil)
        #expect(code(.asked, true, quiet: true, lost: true) == "quiet-hours")
        #expect(code(.stopped, true, lost: true) == "opted-out")
        #expect(code(.declined, true, lost: true) == "consent-declined")
    }
}
