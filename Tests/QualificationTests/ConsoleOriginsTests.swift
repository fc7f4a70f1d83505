import ServiceKit
import Testing

@testable import Qualification

/// The console may be served by several instances, each an origin of its own.
@Suite struct ConsoleOriginsTests {
    @Test func aFlagNamesOneOrSeveral() throws {
        let origins = try ConsoleOrigins.parse(
            flags: ["https://a.example", "http://127.0.0.1:8083, http://127.0.0.1:8183"],
            variable: "https://unread.example")
        #expect(origins == ["https://a.example", "http://127.0.0.1:8083", "http://127.0.0.1:8183"])
    }

    @Test func theVariableCountsWhereThereIsNoFlag() throws {
        let origins = try ConsoleOrigins.parse(flags: [], variable: "https://a.example,https://b.example")
        #expect(origins == ["https://a.example", "https://b.example"])
        #expect(try ConsoleOrigins.parse(flags: [], variable: nil).isEmpty)
    }

    @Test func everyWrongOneIsNamed() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try ConsoleOrigins.parse(flags: ["https://a.example/,https://b.example", "c.example"], variable: nil)
        }
        let problems = try #require(error).problems
        #expect(problems.count == 2)
        #expect(problems[0].contains("'https://a.example/'") && problems[1].contains("'c.example'"))
    }
}
