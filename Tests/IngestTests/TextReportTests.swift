import Contracts
import Testing

@testable import Ingest

@Suite struct TextReportTests {
    static let fields = "AccountSid=AC1&MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003"
    static let query = ["dealership": "north", "conversation": "sms-1", "message": "sms-1.s.m1"]

    private func report(
        _ fields: String = TextReportTests.fields, _ query: [String: String] = TextReportTests.query
    ) throws -> TextReport {
        try TextReport(FormBody(fields.utf8)) { query[$0] }
    }

    @Test func whatTwilioSaysOfAText() throws {
        let report = try report(Self.fields + "&ErrorMessage=Unreachable%0Ahandset")
        #expect(report.dealership == "north" && report.accountSid == "AC1")
        #expect(report.eventId == "sms-1.s.m1.SM1.undelivered")
        #expect(
            report.status
                == MessageStatus(
                    conversationId: "sms-1", messageId: "sms-1.s.m1", status: "undelivered", sid: "SM1",
                    errorCode: 30003,
                    reason: "Unreachable handset"))
    }

    @Test(arguments: ["", "&ErrorCode=", "&ErrorCode=none"])
    func withoutACode(_ code: String) throws {
        let report = try report("AccountSid=AC1&MessageSid=SM1&MessageStatus=on_its_way\(code)")
        #expect(report.status.errorCode == nil && report.status.status == "on_its_way")
    }

    @Test(arguments: ["AccountSid", "MessageSid", "MessageStatus"])
    func whatIsMissingOrNoIdIsNamed(_ name: String) {
        for value in ["", "a%20b", String(repeating: "x", count: 65)] {
            let fields = Self.fields.split(separator: "&").map { pair in
                pair.hasPrefix(name + "=") ? "\(name)=\(value)" : String(pair)
            }
            let error = #expect(throws: MalformedEvent.self) { try report(fields.joined(separator: "&")) }
            #expect(error?.detail.hasPrefix(name) == true)
        }
    }

    @Test(arguments: ["dealership", "conversation", "message"])
    func theTextMustBeNamed(_ name: String) {
        for value in [nil, "a b", String(repeating: "x", count: 257)] as [String?] {
            var query = Self.query
            query[name] = value
            let error = #expect(throws: MalformedEvent.self) { try report(Self.fields, query) }
            #expect(error?.detail.hasPrefix(name) == true || error?.detail.hasPrefix("message") == true)
        }
    }

    @Test(arguments: ["sms-2.s.m1", "sms-1.c.m1", "sms-1", "sms-11.s.m1"])
    func aMessageOfAnotherConversationOrSide(_ message: String) {
        var query = Self.query
        query["message"] = message
        let error = #expect(throws: MalformedEvent.self) { try report(Self.fields, query) }
        #expect(error?.detail.hasPrefix("message ") == true)
    }
}
