import Contracts
import Foundation
import Testing

@Suite struct JSONViewTests {
    private func view(_ text: String) throws -> JSONView {
        try JSONView(Array(text.utf8))
    }

    @Test func readsMembers() throws {
        let json = try view(
            #" { "a" : "x\n\u00e9\ud83d\ude97\/", "n": -12, "t": true, "z": null, "o": {"b": "y"}, "l": ["1","2"], "a2": "" } "#
        )
        #expect(try json.string("a") == "x\né🚗/")
        #expect(try json.integer("n") == -12)
        #expect(try json.bool("t"))
        #expect(try json.optionalString("z") == nil)
        #expect(try json.object("o").string("b") == "y")
        #expect(try json.optionalStrings("l") == ["1", "2"])
        #expect(try json.string("a2") == "")
        #expect(try json.optionalString("absent") == nil)
    }

    @Test func aNameMayBeSpelledWithEscapesAndTheLastOneCounts() throws {
        #expect(try view(#"{"t\u0065xt":"1"}"#).string("text") == "1")
        #expect(try view(#"{"text":"1","text":"2"}"#).string("text") == "2")
    }

    @Test func errorsNameTheMember() throws {
        #expect(throws: MalformedEvent("missing-field", "text is required")) { try view("{}").string("text") }
        #expect(throws: MalformedEvent("invalid-field", "text is not a string")) {
            try view(#"{"text":1}"#).string("text")
        }
        #expect(throws: MalformedEvent("missing-field", "customer.phone is required")) {
            try view(#"{"customer":{}}"#).object("customer").string("phone")
        }
    }

    @Test(arguments: [
        "", "[]", "{", "}", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a":01}"#, #"{"a":1.}"#, #"{"a":+1}"#,
        #"{"a":"\x"}"#, #"{"a":"\u12g4"}"#, "{\"a\":\"\n\"}", #"{"a":tru}"#, #"{"a":1} x"#, #"{a:1}"#, #"{"a":'b'}"#,
        #"{"a":"b}"#, #"{"a":"\"#, #"{"a":nan}"#,
    ])
    func refuses(text: String) {
        #expect(throws: MalformedEvent.self) { try view(text) }
        #expect((try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]) == nil)
    }

    /// Foundation lets this one pass.
    @Test func aTrailingCommaIsRefused() {
        #expect(throws: MalformedEvent.self) { try view(#"{"a":1,}"#) }
    }

    @Test func deepNestingIsRefusedNotFollowed() {
        let deep = #"{"a":"# + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}"
        #expect(throws: MalformedEvent.self) { try view(deep) }
    }

    @Test func textThatIsNoUnicodeIsRefused() throws {
        let json = try JSONView(Array(#"{"a":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8))
        #expect(throws: MalformedEvent.self) { try json.string("a") }
    }

    /// Whatever Foundation writes is read back; whatever is damaged reads alike or not at all, and never crashes.
    @Test func agreesWithFoundationOnGeneratedInput() throws {
        var random = SeededRandom(state: 42)
        for _ in 0..<500 {
            let text = String((0..<Int.random(in: 0...40, using: &random)).map { _ in random.character() })
            let data = try JSONSerialization.data(withJSONObject: ["text": text, "n": 7, "o": ["x": [1, 2.5, false]]])
            #expect(try JSONView(Array(data)).string("text") == text)
            var damaged = Array(data)
            damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            let theirs = try? JSONSerialization.jsonObject(with: Data(damaged)) as? [String: Any]
            let ours = try? JSONView(damaged).string("text")
            if let ours, let theirs { #expect(theirs["text"] as? String == ours) }
        }
    }
}

/// The same cases every run.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func character() -> Character {
        let pool: [Character] = ["a", "\"", "\\", "\n", "é", "🚗", "/", "\u{1F}", " ", "<", "\u{2028}", "z"]
        return pool[Int.random(in: pool.indices, using: &self)]
    }
}
