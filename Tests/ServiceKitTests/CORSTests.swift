import Contracts
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ServiceKit

@Suite struct CORSTests {
    private func app() -> some ApplicationProtocol {
        edge { router, edge in
            router.get("thing") { _, _ in Response.noContent }
            router.get("stream") { request, context in
                let until = noon.adding(milliseconds: 60_000)
                return try edge.eventStream(request, context, for: "a", until: until, now: noon) { _ in }
            }
        }
    }

    private func ask(
        _ uri: String, _ method: HTTPRequest.Method, _ headers: HTTPFields
    ) async throws -> TestResponse {
        try await app().test(.router) { client in
            try await client.execute(uri: uri, method: method, headers: headers) { $0 }
        }
    }

    @Test func preflightIsAnsweredForAnExactOriginOnly() async throws {
        let wanted: HTTPFields = [.origin: "https://console.example", .accessControlRequestMethod: "PUT"]
        let fine = try await ask("/thing", .options, wanted)
        #expect(fine.status == .noContent)
        #expect(fine.headers[.accessControlAllowOrigin] == "https://console.example")
        #expect(fine.headers[.accessControlMaxAge] == "600")
        #expect(fine.headers[.vary] == "Origin")
        #expect(
            fine.headers[.accessControlAllowHeaders]
                == "Authorization, Content-Type, Last-Event-ID, X-Correlation-Id, traceparent, tracestate")
        for origin in ["https://console.example.evil.example", "http://console.example", "null", "*"] {
            let refused = try await ask("/thing", .options, [.origin: origin, .accessControlRequestMethod: "PUT"])
            #expect(refused.status == .forbidden)
            #expect(refused.headers[.accessControlAllowOrigin] == nil)
            #expect(refused.headers[.vary] == "Origin")
        }
    }

    @Test(arguments: ["/thing", "/stream", "/nowhere"])
    func everyAnswerIsReadableByAnAllowedPageAndByNoOther(_ uri: String) async throws {
        let fine = try await ask(uri, .get, [.origin: "https://console.example"])
        #expect(fine.headers[.accessControlAllowOrigin] == "https://console.example")
        #expect(fine.headers[.accessControlExposeHeaders] == "X-Correlation-Id, Retry-After")
        #expect(fine.headers[.vary] == "Origin")
        let refused = try await ask(uri, .get, [.origin: "https://evil.example"])
        #expect(refused.headers[.accessControlAllowOrigin] == nil)
        #expect(refused.headers[.vary] == "Origin")
        #expect(try await ask(uri, .get, [:]).headers[.vary] == "Origin", "caches must know that it depends on it")
    }
}
