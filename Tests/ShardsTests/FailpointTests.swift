import Testing

@testable import Shards

@Suite struct FailpointTests {
    @Test func isDueAtTheNthPassingOfItsPlace() throws {
        let armed = try #require(Failpoint.Countdown("before-commit:2"))
        #expect(!armed.isDue(at: "before-commit"))
        #expect(!armed.isDue(at: "after-commit"))
        #expect(armed.isDue(at: "before-commit"))
        #expect(!armed.isDue(at: "before-commit"))
    }

    @Test(arguments: ["", "before-commit", "before-commit:", "before-commit:0", ":1", "a:b:1", "a:-1"])
    func isOffWhereItIsNotWellFormed(_ text: String) {
        #expect(Failpoint.Countdown(text) == nil)
    }
}
