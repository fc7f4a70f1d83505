import Contracts
import Testing

@testable import ServiceKit

@Suite struct StreamCursorTests {
    @Test(arguments: ["0", "m1", "q7", "m120.q7", "m120.q7.d3", "m9223372036854775807"])
    func textComesBack(_ text: String) throws {
        let cursor = try #require(StreamCursor(text))
        #expect(cursor.description == text)
    }

    @Test(
        arguments: [
            "", "m", "m0", "m-1", "m+1", "m01", "m1.", ".m1", "q7.m120", "m1.m2", "x1", "m1 ", "m1\n",
            "m9223372036854775808", "m1.q", "００", String(repeating: "m1.", count: 50),
        ])
    func anythingElseIsNoCursor(_ text: String) {
        #expect(StreamCursor(text) == nil)
    }

    @Test func positionsOfKeptTopicsCount() {
        let cursor = StreamCursor([.messages: 120, .qualifications: 7, .typing: 9, .presence: 4, .dealCreated: 0])
        #expect(cursor.description == "m120.q7")
        #expect(cursor[.messages] == 120)
        #expect(cursor[.typing] == 0)
        #expect(cursor[.dealCreated] == 0)
        #expect(StreamCursor().description == "0")
    }

    @Test func coveredMeansNothingIsBeyond() throws {
        let shard = StreamCursor([.messages: 120, .qualifications: 7])
        #expect(StreamCursor([.messages: 120]).isCovered(by: shard))
        #expect(StreamCursor().isCovered(by: shard))
        #expect(!StreamCursor([.messages: 121]).isCovered(by: shard))
        #expect(!StreamCursor([.dealCreated: 1]).isCovered(by: shard))
        #expect(StreamCursor([.messages: 5, .dealCreated: 2]).merging(shard).description == "m120.q7.d2")
    }
}
