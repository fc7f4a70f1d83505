import Contracts
import Foundation
import Testing

/// `Tests/segments.json` has what the console counts too.
@Suite struct TextSegmentsTests {
    private struct Case: Decodable {
        var name: String
        /// A text and how often it comes, one after the other.
        var parts: [Part]
        var encoding: String
        var units: Int
        var segments: Int

        var text: String { parts.map { String(repeating: $0.text, count: $0.times) }.joined() }
    }

    private struct Part: Decodable {
        var text: String
        var times: Int

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            text = try container.decode(String.self)
            times = try container.decode(Int.self)
        }
    }

    @Test func theTable() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../segments.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        #expect(cases.count > 20)
        for one in cases {
            let counted = TextSegments(one.text)
            #expect(counted.encoding.rawValue == one.encoding, "\(one.name)")
            #expect(counted.units == one.units, "\(one.name)")
            #expect(counted.segments == one.segments, "\(one.name)")
        }
    }
}
