import Contracts
import Testing

@testable import Conversations

@Suite struct AssigneeTests {
    private func assignee(_ json: String) throws -> Staff? {
        try Writes.assignee(try JSONView(Array(json.utf8)), asking: Log.sam)
    }

    @Test func somebodyOrNobody() throws {
        #expect(try assignee(#"{"to": null}"#) == nil)
        #expect(try assignee(#"{"to": "sam"}"#) == Log.sam)
        #expect(try assignee(#"{"to": "kim"}"#) == Staff(id: "kim", name: "kim"))
        #expect(try assignee(#"{"to": {"id": "kim", "name": "Kim Ito"}}"#) == Log.kim)
        #expect(throws: MalformedEvent.self) { try assignee("{}") }
    }

    @Test func noControlCharacterReachesAnEvent() throws {
        let kim = try assignee(#"{"to": {"id": "kim", "name": "\u0000Kim\u0000Ito\n\u001b"}}"#)
        #expect(kim == Log.kim)
        #expect(try assignee(#"{"to": {"id": "kim", "name": "\u0000"}}"#)?.name == "kim")
        #expect(throws: MalformedEvent.self) { try assignee(#"{"to": "kim\u0000"}"#) }
        #expect(throws: MalformedEvent.self) { try assignee(#"{"to": {"id": "kim\u0000", "name": "Kim"}}"#) }
    }
}
