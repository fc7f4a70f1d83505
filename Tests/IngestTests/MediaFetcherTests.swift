import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import ServiceKit
import Testing

@testable import Ingest

/// Against servers on this machine, which the operator trusts; nothing but what a server says decides.
@Suite struct MediaFetcherTests {
    private func fetcher(
        _ servers: MediaServer..., account: MediaAccount = twilioAccount, store: any MediaStore = MemoryStore(),
        total: Duration = .seconds(30)
    ) -> MediaFetcher {
        var limits = MediaLimits()
        limits.total = total
        return MediaFetcher(account: account, trusted: Set(servers.map(\.origin)), store: store, limits: limits)
    }

    /// Asks a server that gives always the same answer.
    private func result(_ answer: MediaServer.Answer, total: Duration = .seconds(30)) async throws -> MediaResult {
        try await MediaServer.serving({ _ in answer }) { server in
            let store = MemoryStore()
            let result = await fetcher(server, store: store, total: total).fetch("\(server.url)/a")
            if case .stored = result {} else { #expect(store.all.isEmpty) }
            return result
        }
    }

    @Test func anAttachmentIsKept() async throws {
        let folder = try TemporaryFolder()
        let store = try MediaFolder(folder.url.appending(path: "media"))
        try await MediaServer.serving({ _ in .ok("image/jpeg", png) }) { server in
            let result = await fetcher(server, store: store).fetch("\(server.url)/a")
            let sha256 = SHA256.hash(data: png).map { String(format: "%02x", $0) }.joined()
            #expect(result == .stored(StoredMedia(contentType: "image/png", bytes: png.count, sha256: sha256)))
            let kept = try await store.bytes(sha256)
            #expect(kept == png)
        }
    }

    // MARK: What is too much, too slow, or broken

    @Test func theLargestIsTakenAndALargerOneIsNot() async throws {
        let most = png + Array(repeating: 0, count: MediaLimits.bytes - png.count)
        guard case .stored(let media) = try await result(.ok("image/png", most)) else {
            Issue.record("not stored")
            return
        }
        #expect(media.bytes == MediaLimits.bytes)
        #expect(try await result(.ok("image/png", most + [0])) == .refused(.size))
    }

    @Test func aLengthThatIsTooMuchIsBelieved() async throws {
        // It never comes: waiting for it would be a time-out.
        let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: \(MediaLimits.bytes + 1)\r\n\r\n"
        #expect(try await result(.stall(Array(head.utf8))) == .refused(.size))
    }

    @Test func aStreamWithoutEndEnds() async throws {
        let head = Array("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n".utf8)
        let piece = [UInt8](repeating: 1, count: 64 * 1_024)
        #expect(try await result(.flood(head + png, piece)) == .refused(.size))
        let chunks = Array("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        #expect(try await result(.flood(chunks, Array("10000\r\n".utf8) + piece + [13, 10])) == .refused(.size))
    }

    @Test func silenceIsATimeOut() async throws {
        let slow = Duration.milliseconds(200)
        #expect(try await result(.stall([]), total: slow) == .failed(.timeOut))
        let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n"
        #expect(try await result(.stall(Array(head.utf8) + png), total: slow) == .failed(.timeOut))
    }

    @Test func halfAnAttachmentIsNone() async throws {
        guard case .failed = try await result(.ok("image/png", png, more: "Content-Length: 1000\r\n")) else {
            Issue.record("half of it was taken")
            return
        }
        guard case .failed = try await result(.bytes([])) else {
            Issue.record("an answer without a byte was taken")
            return
        }
    }

    @Test func nobodyThere() async throws {
        let closed = try await MediaServer.serving({ _ in .bytes([]) }) { $0 }
        guard case .failed(.unreachable) = await fetcher(closed).fetch("\(closed.url)/a") else {
            Issue.record("somebody was there")
            return
        }
    }

    @Test func aFullDiskIsNoRefusal() async throws {
        try await MediaServer.serving({ _ in .ok("image/png", png) }) { server in
            let result = await fetcher(server, store: FullStore()).fetch("\(server.url)/a")
            #expect(result == .failed(.store("Full()")))
        }
    }

    // MARK: What is not what we keep

    @Test func types() async throws {
        #expect(try await result(.ok("text/html", Array("<html>".utf8))) == .refused(.type))
        #expect(try await result(.ok("image/png", Array("<html>".utf8))) == .refused(.disguise))
        #expect(try await result(.ok("image/png", [])) == .refused(.empty))
        let encoded = MediaServer.Answer.ok("image/png", png, more: "Content-Encoding: gzip\r\n")
        #expect(try await result(encoded) == .refused(.encoding))
    }

    @Test(arguments: [
        ("204 No Content", MediaResult.refused(.status)), ("206 Partial Content", .refused(.status)),
        ("304 Not Modified", .refused(.status)), ("400 Bad Request", .refused(.status)),
        ("401 Unauthorized", .refused(.forbidden)), ("403 Forbidden", .refused(.forbidden)),
        ("404 Not Found", .refused(.missing)), ("410 Gone", .refused(.missing)),
        ("429 Too Many Requests", .failed(.status(429))), ("500 Oops", .failed(.status(500))),
        ("503 Service Unavailable", .failed(.status(503))), ("302 Found", .refused(.invalidURL)),
    ])
    func statuses(_ status: String, _ expected: MediaResult) async throws {
        #expect(try await result(.status(status)) == expected)
    }

    // MARK: Redirects

    @Test func threeAreFollowedAndAFourthIsNot() async throws {
        @Sendable func answer(_ request: String) -> MediaServer.Answer {
            for left in 1...9 where request.hasPrefix("GET /\(left) ") {
                return left == 1 ? .ok("image/png", png) : .moved("/\(left - 1)")
            }
            return .status("404 Not Found")
        }
        try await MediaServer.serving(answer) { server in
            guard case .stored = await fetcher(server).fetch("\(server.url)/4") else {
                Issue.record("three are too many")
                return
            }
            #expect(server.connections == 4)
            #expect(await fetcher(server).fetch("\(server.url)/5") == .refused(.redirects))
            #expect(server.connections == 8)
        }
    }

    @Test(arguments: ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"])
    func aRedirectToAServerThatNobodyNamed(_ status: String) async throws {
        try await MediaServer.serving({ _ in .ok("image/png", png) }) { inside in
            try await MediaServer.serving({ _ in .moved("\(inside.url)/a", status) }) { server in
                #expect(await fetcher(server).fetch("\(server.url)/a") == .refused(.notHTTPS))
                #expect(server.connections == 1 && inside.connections == 0)
            }
        }
    }

    // MARK: Credentials

    private func authorization(_ request: String?) -> String? {
        request?.split(separator: "\r\n").first { $0.lowercased().hasPrefix("authorization: ") }.map {
            String($0.dropFirst(15))
        }
    }

    private func account(at origin: MediaOrigin) -> MediaAccount {
        MediaAccount(origin: origin, sid: "AC1", token: "token")
    }

    @Test func theTokenGoesToTheProviderAlone() async throws {
        try await MediaServer.serving({ _ in .ok("image/png", png) }) { other in
            @Sendable func answer(_ request: String) -> MediaServer.Answer {
                request.hasPrefix("GET /near ") ? .moved("/far") : .moved("\(other.url)/a")
            }
            try await MediaServer.serving(answer) { provider in
                let fetcher = fetcher(other, account: account(at: provider.origin))
                guard case .stored = await fetcher.fetch("\(provider.url)/near") else {
                    Issue.record("not stored")
                    return
                }
                #expect(provider.requests.map(authorization) == [basicHeader, basicHeader])
                #expect(other.connections == 1 && authorization(other.requests.first) == nil)
                _ = await fetcher.fetch("\(other.url)/a")
                #expect(other.connections == 2 && authorization(other.requests.last) == nil)
            }
        }
    }

    @Test func aStrangerCannotChooseWhatTheAccountReads() async throws {
        try await MediaServer.serving({ _ in .ok("image/png", png) }) { provider in
            try await MediaServer.serving({ _ in .moved("\(provider.url)/secret") }) { stranger in
                let fetcher = fetcher(stranger, account: account(at: provider.origin))
                _ = await fetcher.fetch("\(stranger.url)/a")
                #expect(provider.connections == 1 && authorization(provider.requests.first) == nil)
            }
        }
    }

    @Test func anotherPortOrSchemeIsAnotherOrigin() async throws {
        let client = NotingClient { _ in HTTPClientResponse(status: .notFound) }
        let other = MediaOrigin(scheme: .https, host: "api.twilio.com", port: 8_443)
        let plain = MediaOrigin(scheme: .http, host: "api.twilio.com", port: 443)
        let fetcher = MediaFetcher(
            account: twilioAccount, trusted: [other, plain], store: MemoryStore(),
            resolver: ScriptedResolver(["8.8.8.8"]),
            client: client)
        let urls = [
            "https://api.twilio.com/a", "\(other)/a", "\(plain)/a", "https://api.twilio.com.evil.example/a",
            "https://www.twilio.com/a",
        ]
        for url in urls { _ = await fetcher.fetch(url) }
        #expect(client.calls.map(\.authorization) == [basicHeader, nil, nil, nil, nil])
    }

    @Test func aRefusedTokenIsTriedAgain() async throws {
        try await MediaServer.serving({ _ in .status("401 Unauthorized") }) { provider in
            let result = await fetcher(account: account(at: provider.origin)).fetch("\(provider.url)/a")
            #expect(result == .failed(.status(401)))
        }
    }

    @Test func noDescriptionShowsTheToken() {
        var text = "\(twilioAccount)"
        dump(twilioAccount, to: &text)
        #expect(!text.contains("QUMx") && !text.contains("token"))
    }
}
