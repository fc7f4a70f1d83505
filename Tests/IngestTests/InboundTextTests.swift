import Contracts
import Testing

@testable import Ingest

@Suite struct InboundTextTests {
    private func form(_ changes: [String: String?] = [:]) -> FormBody {
        var fields: [String: String?] = [
            "AccountSid": "AC1", "MessageSid": "SM1", "From": "%2B13145550123", "To": "%2B13145550100", "Body": "Hi",
        ]
        fields.merge(changes) { $1 }
        let body = fields.compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: "&")
        return FormBody(body.utf8)
    }

    @Test func aTextIsAMessageOfItsPairOfNumbers() throws {
        let text = try InboundText(form(["City": "St.+Louis"]))
        let secret = Array("secret".utf8)
        let message = text.message(secret: secret)
        #expect(message.conversationId == "sms-" + Identifier.keyed(secret, "+13145550100", "+13145550123"))
        #expect(message.clientMessageId == "AC1-SM1")
        #expect(message.channel == .sms)
        #expect(message.from == "+13145550123" && message.to == "+13145550100")
        #expect(message.text == "Hi")
        let parameters = try JSONView(Array((message.parameters ?? "").utf8))
        #expect(try parameters.string("City") == "St. Louis")
        #expect(try parameters.string("From") == "+13145550123")
    }

    @Test func theConversationIsAnotherOneForAnotherNumberOrSecret() throws {
        let text = try InboundText(form())
        let other = try InboundText(form(["From": "%2B13145550124"]))
        #expect(text.conversationId(secret: [1]) != other.conversationId(secret: [1]))
        #expect(text.conversationId(secret: [1]) != text.conversationId(secret: [2]))
        let swapped = try InboundText(form(["From": "%2B13145550100", "To": "%2B13145550123"]))
        #expect(text.conversationId(secret: [1]) != swapped.conversationId(secret: [1]))
    }

    @Test func picturesWithoutTextAreAMessage() throws {
        let text = try InboundText(form(["Body": nil, "NumMedia": "1", "MediaUrl0": "https://x/y"]))
        #expect(text.text == "")
        #expect(try JSONView(Array(text.parameters.utf8)).string("MediaUrl0") == "https://x/y")
    }

    @Test func everyFileIsKeptInItsPlace() throws {
        let urls = Dictionary(uniqueKeysWithValues: (0..<12).map { ("MediaUrl\($0)", "https://x/\($0)" as String?) })
        let types = ["MediaContentType0": "image/jpeg" as String?, "MediaContentType2": "image/png"]
        let all = try InboundText(form(["NumMedia": "12"].merging(urls) { $1 }.merging(types) { $1 })).media
        #expect(all.map(\.url) == (0..<10).map { "https://x/\($0)" })
        #expect(all[0].contentType == "image/jpeg" && all[1].contentType == "application/octet-stream")
        #expect(all[2].contentType == "image/png")
        let message = try InboundText(form(urls)).message(secret: [1])
        #expect(message.media?.count == 10)
        #expect(try InboundText(form()).message(secret: [1]).media == nil)
    }

    @Test(arguments: ["", "x", "-1", "1.5", "99999999999999999999"])
    func whateverTheCountSaysTheFilesAreKept(_ count: String) throws {
        let text = try InboundText(form(["NumMedia": count, "MediaUrl0": "https://x/y"]))
        #expect(text.media.map(\.url) == ["https://x/y"])
    }

    @Test func aCountBeyondWhatIsThereEndsThere() throws {
        let changes = ["NumMedia": "5", "MediaUrl0": "https://x/0", "MediaUrl2": "https://x/2"]
        #expect(try InboundText(form(changes)).media.map(\.url) == ["https://x/0"])
    }

    @Test func aShortCodeAndAKeywordAreTextsLikeAnyOther() throws {
        let text = try InboundText(form(["From": "72345", "Body": "STOP"]))
        #expect(text.from == "72345" && text.text == "STOP")
        #expect(try InboundText(form(["Body": "%F0%9F%9A%97"])).text == "\u{1F697}")
    }

    @Test func nulIsStrippedAndALongTextRefused() throws {
        #expect(try InboundText(form(["Body": "a%00b"])).text == "ab")
        #expect(try InboundText(form(["Body": String(repeating: "x", count: 4_000)])).text.count == 4_000)
        #expect(throws: MalformedEvent("invalid-field", "Body is longer than 4000 characters (Unicode scalars)")) {
            try InboundText(form(["Body": String(repeating: "x", count: 4_001)]))
        }
    }

    @Test func aRepeatedNameIsAList() throws {
        let form = FormBody("AccountSid=A&MessageSid=B&From=1&To=2&X=1&X=2".utf8)
        #expect(try JSONView(Array(InboundText(form).parameters.utf8)).optionalStrings("X") == ["1", "2"])
    }

    @Test(arguments: ["AccountSid", "MessageSid", "From", "To"])
    func whatIsMissingIsNamed(_ name: String) {
        for value in [nil, ""] as [String?] {
            let error = #expect(throws: MalformedEvent.self) { try InboundText(form([name: value])) }
            #expect(error?.detail.contains(name) == true)
        }
    }

    @Test func anIdThatIsNone() {
        #expect(throws: MalformedEvent.self) { try InboundText(form(["MessageSid": "a%20b"])) }
        #expect(throws: MalformedEvent.self) { try InboundText(form(["From": "%0A"])) }
    }

    @Test func formBodies() {
        #expect(
            FormBody("a=1&b&=c&d=%zz%4".utf8).parameters.map { "\($0.name)|\($0.value)" }
                == ["a|1", "b|", "|c", "d|%zz%4"])
        #expect(FormBody("".utf8).parameters.isEmpty)
        #expect(FormBody("a=%41%e2%82%ac".utf8)["a"] == "A€")
    }
}
