import Foundation
import Testing

@testable import Replay

@Suite struct JSONTextTests {
    @Test func whatNeedsAnEscapeHasOneWhereverItStands() throws {
        let every = String(decoding: (0..<128).map { UInt8($0) }, as: UTF8.self)
        for text in ["", "plain", "\"", "\\\"", "a\"b\\c", "\n", "\r\ta\u{1}", "a\u{7f}", "\u{1F600}é\u{0}", every] {
            let line = JSONText.object { json in
                json.name(text)
                json.string(text)
                json.name("slice")
                json.string(Array("x\(text)x".utf8)[1..<text.utf8.count + 1])
                json.name("lazy")
                json.string(text.utf8.lazy.map { $0 })
            }
            #expect(!line.contains { $0 < 32 || $0 == 127 })
            let read = try JSONDecoder().decode([String: String].self, from: Data(line))
            #expect(read[text] == text && read["slice"] == text && read["lazy"] == text)
        }
    }

    @Test func linesInOneBuffer() {
        var lines = JSONText(capacity: 10)
        for number in 0..<3 {
            lines.line { json in
                json.name("n")
                json.integer(number)
                json.name("none")
                json.string(nil)
            }
        }
        #expect(text(lines.bytes) == #"{"n":0,"none":null}\#n{"n":1,"none":null}\#n{"n":2,"none":null}\#n"#)
    }
}
