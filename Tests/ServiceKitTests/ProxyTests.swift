import AsyncHTTPClient
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import Shards
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct ProxyTests {
    private let never = Timestamp(milliseconds: 4_000_000_000_000)

    /// An instance that owns nothing and sends all on to `address`.
    private func front(_ address: String, _ http: HTTPClient) -> some ApplicationProtocol {
        let proxy = OwnerProxy(http: http)
        @Sendable func forward(_ request: Request, _ context: AppContext) async throws -> Response {
            try await proxy.answer(ShardUnavailable(.elsewhere(address: address)), request, context)
        }
        return edge { router, _ in
            router.get("stream", use: forward)
            router.get("echo", use: forward)
            router.post("echo", use: forward)
            router.get("nobody") { request, context in
                try await proxy.answer(ShardUnavailable(.nobody), request, context)
            }
        }
    }

    /// Runs `owner` and a front before it, and gives `body` both ports.
    private func pair(
        _ owner: some ApplicationProtocol, _ body: @Sendable (_ front: any TestClientProtocol, Int) async throws -> Void
    ) async throws {
        let http = OwnerProxy.makeClient()
        do {
            try await owner.test(.ahc()) { back in
                let port = try #require(back.port)
                try await front("http://localhost:\(port)", http).test(.ahc()) { (client) async throws -> Void in
                    try await body(client, try #require(client.port))
                }
            }
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private struct Echo: Codable {
        var uri: String
        var method: String
        var body: String
        var headers: [String: String]
    }

    private func echo() -> some ApplicationProtocol {
        @Sendable func answer(_ request: Request, _ context: AppContext) async throws -> Response {
            let body = try await request.bytes(upTo: Limits.bodyBytes)
            var headers: [String: String] = [:]
            for field in request.headers { headers[field.name.canonicalName] = field.value }
            var response = try Response.json(
                .created,
                Echo(
                    uri: request.head.path ?? "", method: request.method.rawValue,
                    body: String(decoding: body, as: UTF8.self), headers: headers))
            response.headers[.eTag] = "\"7\""
            return response
        }
        return edge { router, _ in
            router.get("echo", use: answer)
            router.post("echo", use: answer)
        }
    }

    @Test func requestArrivesWholeAndMarked() async throws {
        try await pair(echo()) { client, _ in
            try await client.execute(
                uri: "/echo?q=a%20b&dealership=aspen", method: .post,
                headers: [
                    .authorization: "Bearer t", .contentType: "application/json", .correlationId: "call-1",
                    .lastEventId: "m7", .origin: "https://console.example",
                    .traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                ], body: ByteBuffer(string: #"{"a":1}"#)
            ) { response in
                #expect(response.status == .created)
                #expect(response.headers[.eTag] == "\"7\"")
                #expect(response.headers[values: .correlationId] == ["call-1"])
                #expect(response.headers[values: .accessControlAllowOrigin] == ["https://console.example"])
                #expect(response.headers[values: .vary] == ["Origin"])
                let echo = try JSON.decode(Echo.self, response.body)
                #expect(echo.uri == "/echo?q=a%20b&dealership=aspen")
                #expect(echo.method == "POST")
                #expect(echo.body == #"{"a":1}"#)
                #expect(echo.headers["authorization"] == "Bearer t")
                #expect(echo.headers["last-event-id"] == "m7")
                #expect(echo.headers["x-correlation-id"] == "call-1")
                // One trace; the span is the passing instance's.
                let trace = try #require(Traceparent(echo.headers["traceparent"] ?? ""))
                #expect(trace.traceId == "4bf92f3577b34da6a3ce929d0e0e4736" && trace.spanId != "00f067aa0ba902b7")
                #expect(echo.headers["x-directchat-hop"] == "1")
                #expect(echo.headers["origin"] == nil)
            }
        }
    }

    @Test func secondHopIsRefused() async throws {
        let reached = Flag()
        let owner = edge { router, _ in
            router.get("echo") { _, _ in
                reached.raise()
                return Response.noContent
            }
        }
        try await pair(owner) { client, _ in
            try await client.execute(uri: "/echo", method: .get, headers: [.hop: "1"]) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "1")
                let problem = try response.problem()
                #expect(problem.code == "moved")
            }
            #expect(reached.count == 0)
            try await client.execute(uri: "/echo", method: .get) { #expect($0.status == .noContent) }
            #expect(reached.count == 1)
        }
    }

    @Test func largeBodyIsNotSentOn() async throws {
        try await pair(echo()) { client, _ in
            let body = ByteBuffer(repeating: 65, count: Limits.bodyBytes + 1)
            try await client.execute(uri: "/echo", method: .post, body: body) { response in
                #expect(response.status == .contentTooLarge)
            }
        }
    }

    @Test func streamComesAsItIsWrittenAndItsReaderCancelsIt() async throws {
        let cancelled = Flag()
        let owner = edge { router, edge in
            router.get("stream") { request, context in
                try edge.eventStream(request, context, for: "ann", until: never, now: noon) { writer in
                    defer { cancelled.raise() }
                    try await writer.send(ServerSentEvent(id: "m1", data: "first"))
                    // The first event must arrive while the stream is open: it never ends by itself.
                    try await Task.sleep(for: .seconds(600))
                }
            }
        }
        try await pair(owner) { _, port in
            let text = try await read("http://localhost:\(port)/stream", until: "data: first\n\n")
            #expect(text.contains("id: m1\n"))
            try await eventually("the owner's source goes on without a reader") { cancelled.count == 1 }
        }
    }

    @Test func streamEndsWhenTheOwnersDoes() async throws {
        let owner = edge { router, edge in
            router.get("stream") { request, context in
                try edge.eventStream(request, context, for: "ann", until: never, now: noon) { writer in
                    for number in 1...2_000 {
                        try await writer.send(ServerSentEvent(data: "\(number) \(String(repeating: "x", count: 500))"))
                    }
                }
            }
        }
        try await pair(owner) { _, port in
            let text = try await read("http://localhost:\(port)/stream", until: nil)
            #expect(text.components(separatedBy: "data: ").count == 2_001)
        }
    }

    @Test func silentOwnerIs503() async throws {
        let http = OwnerProxy.makeClient()
        // Nobody listens on port 1.
        try await front("http://127.0.0.1:1", http).test(.router) { (client) async throws -> Void in
            for method: HTTPRequest.Method in [.get, .post] {
                try await client.execute(uri: "/echo", method: method) { response in
                    #expect(response.status == .serviceUnavailable)
                    #expect(response.headers[.retryAfter] == "1")
                    let problem = try response.problem()
                    #expect(problem.code == "owner-unreachable")
                }
            }
            try await client.execute(uri: "/nobody", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                let problem = try response.problem()
                #expect(problem.code == "no-owner")
            }
        }
        try await http.shutdown()
    }
}
