import Testing

@testable import Contracts

@Suite struct MessageTextTests {
    private func written(_ text: String) throws -> String {
        try MessageText.written(try JSONView(Array(#"{"text": "\#(text)"}"#.utf8)))
    }

    @Test func charactersAreUnicodeScalars() throws {
        let tooLong = MalformedEvent("invalid-field", "text is longer than 4000 characters (Unicode scalars)")
        #expect(try written(String(repeating: "x", count: 4_000)).utf8.count == 4_000)
        #expect(throws: tooLong) { try written(String(repeating: "x", count: 4_001)) }
        #expect(try written(String(repeating: "😀", count: 4_000)).count == 4_000)
        // One character to a reader, two scalars.
        #expect(try written(String(repeating: "e\u{301}", count: 2_000)).count == 2_000)
        #expect(throws: tooLong) { try written(String(repeating: "e\u{301}", count: 2_001)) }
        // What is not kept does not count.
        #expect(try written(#"\u0000"# + String(repeating: "x", count: 4_000)).count == 4_000)
    }

    @Test func onlyNULIsLeftOut() throws {
        #expect(try written(#"a\u0000b"#) == "ab")
        #expect(try written(#"\u0001\u001b\t\r\n\u007f\u0085\u2028\ufffe\ud800"#).unicodeScalars.count == 10)
    }

    @Test(arguments: [
        "", " ", #"\n\t\u00a0\u2003"#, #"\u0000"#, #" \u0000 "#, #"\u200b"#, #"\u2800 \u200d\ufeff"#, #"\u00ad\u0001"#,
    ])
    func aTextSaysSomething(_ text: String) {
        #expect(throws: MalformedEvent("invalid-field", "text is empty")) { try written(text) }
    }

    @Test func aNameIsOneLine() {
        #expect("Ann".singleLine == "Ann")
        #expect("\u{0} Ann\u{0}Lee\r\n\u{85}".singleLine == "Ann Lee")
        #expect("Ann\u{2028}Lee\u{1B}[31m".singleLine == "Ann Lee [31m")
        #expect("\n\u{7F}".singleLine == "")
        // A joiner within a Persian name is no control character.
        #expect("علی\u{200C}رضا".singleLine == "علی\u{200C}رضا")
        #expect("a\u{0}".hasControlCharacters && !"a b".hasControlCharacters)
    }
}
