import Contracts
import Testing

@Suite struct IdentifierTests {
    @Test func derivedIdsDependOnEveryPartAndItsBorders() {
        let id = Identifier.derived("demo", "request-1")
        #expect(id == Identifier.derived("demo", "request-1"))
        #expect(id != Identifier.derived("demor", "equest-1"))
        #expect(id != Identifier.derived("demo", "request-2"))
        #expect(Identifier.isValid(id))
        #expect(id.count == 26)
    }

    @Test func keyedIdsDependOnTheKey() {
        let id = Identifier.keyed(Array("secret".utf8), "+13145550100", "+13145550123")
        #expect(id == Identifier.keyed(Array("secret".utf8), "+13145550100", "+13145550123"))
        #expect(id != Identifier.keyed(Array("other".utf8), "+13145550100", "+13145550123"))
        #expect(id != Identifier.keyed(Array("secret".utf8), "+13145550101", "+13145550123"))
    }

    @Test func mintedIdsSortByTimeAndAreDifferent() {
        let ids = (0..<1_000).map { Identifier.timeOrdered(at: Timestamp(milliseconds: 1_700_000_000_000 + $0)) }
        #expect(ids == ids.sorted())
        let same = Set((0..<1_000).map { _ in Identifier.timeOrdered(at: Timestamp(milliseconds: 1)) })
        #expect(same.count == 1_000)
    }

    @Test func clientsChooseFromASmallAlphabet() {
        #expect(Identifier.isValid("01J9ZK3V5Q_-x"))
        #expect(Identifier.isValid(String(repeating: "a", count: 64)))
        for text in ["", String(repeating: "a", count: 65), "a b", "a.b", "ä", "a/b", "a\n"] {
            #expect(!Identifier.isValid(text))
        }
    }
}
