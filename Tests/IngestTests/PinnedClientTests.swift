import AsyncHTTPClient
import NIOHTTP1
import Testing

@testable import Ingest

/// The real client on real connections.
@Suite struct PinnedClientTests {
    private let loopback = MediaAddress.v4(0x7f00_0001)

    /// The system's resolver knows another address of `localhost.example`, or none; nobody asks it.
    @Test func connectsToTheAddressAndNamesTheHost() async throws {
        try await MediaServer.serving({ _ in .ok("image/png", png) }) { server in
            let origin = MediaOrigin(scheme: .http, host: "media.example", port: server.port)
            let url = try MediaURL("\(origin)/a%2Fb?c=%26", trusted: [origin])
            let status = try await PinnedClient().get(url, at: loopback, authorization: nil) { $0.status }
            #expect(status == .ok && server.connections == 1)
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("GET /a%2Fb?c=%26 HTTP/1.1\r\n"))
            #expect(request.lowercased().contains("host: media.example:\(server.port)\r\n"))
            #expect(!request.lowercased().contains("authorization") && !request.lowercased().contains("cookie"))
        }
    }

    @Test func asksTLSForTheName() async throws {
        try await MediaServer.serving({ _ in .bytes([]) }) { server in
            let origin = MediaOrigin(scheme: .https, host: "media.example", port: server.port)
            let url = try MediaURL("\(origin)/a", trusted: [origin])
            await #expect(throws: (any Error).self) {
                try await PinnedClient().get(url, at: loopback, authorization: nil) { $0.status }
            }
            #expect(server.connections == 1)
            // The greeting has the name in plain text.
            #expect(server.requests.first?.contains("media.example") == true)
        }
    }

    @Test func followsNoRedirect() async throws {
        try await MediaServer.serving({ _ in .moved("/again") }) { server in
            let url = try MediaURL("\(server.url)/a", trusted: [server.origin])
            let status = try await PinnedClient().get(url, at: loopback, authorization: nil) { $0.status }
            #expect(status == .found && server.connections == 1)
        }
    }

    @Test func anotherAddressOfTheNameIsTried() async throws {
        try await MediaServer.serving({ _ in .ok("image/png", png) }) { server in
            let resolver = ScriptedResolver(["::1", "127.0.0.1"])
            let fetcher = MediaFetcher(
                account: twilioAccount, trusted: [server.origin], store: MemoryStore(), resolver: resolver)
            guard case .stored = await fetcher.fetch("\(server.url)/a.png") else {
                Issue.record("not stored")
                return
            }
            #expect(server.connections == 1 && resolver.names.count == 1)
        }
    }

    @Test func theSystemsResolver() async throws {
        #expect(try await SystemResolver().addresses(of: "127.0.0.1") == [loopback])
        #expect(try await SystemResolver().addresses(of: "localhost").allSatisfy { !$0.isPublic })
        await #expect(throws: MediaFailure.self) { try await SystemResolver().addresses(of: "no..name") }
    }

    @Test func aResolverThatHangsIsLeftAlone() async throws {
        struct Hanging: MediaResolver {
            func addresses(of name: String) async throws(MediaFailure) -> [MediaAddress] {
                try? await Task.sleep(for: .seconds(600))
                throw .stopped
            }
        }
        var limits = MediaLimits()
        limits.total = .milliseconds(50)
        let fetcher = MediaFetcher(
            account: twilioAccount, store: MemoryStore(), resolver: Hanging(), limits: limits)
        #expect(await fetcher.fetch("https://media.example/") == .failed(.timeOut))
    }
}
