import AsyncHTTPClient
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import NIOPosix
import Shards

/// Sends a request on to the instance that owns the dealership's shard: one hop, and the answer as it comes.
struct OwnerProxy: Sendable {
    let http: HTTPClient

    /// What concerns one connection, or is said by this instance itself.
    private static let own: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host",
        "content-length", "expect", "date", "server", "vary", "x-correlation-id", "x-directchat-hop", "traceparent",
        "access-control-allow-origin", "access-control-expose-headers",
        // A browser's origin was judged here, where it knows the address.
        "origin",
    ]

    func answer(
        _ unavailable: ShardUnavailable, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        // Two instances that each believe in the other must not send a request round in circles.
        guard case .elsewhere(let address) = unavailable.reason, request.headers[.hop] == nil else {
            throw unavailable
        }
        return try await forward(request, context, to: address)
    }

    private func forward(_ request: Request, _ context: AppContext, to address: String) async throws -> Response {
        guard let path = request.head.path, path.hasPrefix("/") else {
            throw Problem.badRequest("bad-request", "the request's target is no path")
        }
        var upstream = HTTPClientRequest(url: address + path)
        upstream.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headers where !Self.own.contains(field.name.canonicalName) {
            upstream.headers.add(name: field.name.rawName, value: field.value)
        }
        upstream.headers.add(name: "X-DirectChat-Hop", value: "1")
        upstream.headers.add(name: "X-Correlation-Id", value: context.correlationId)
        if let trace = context.trace { upstream.headers.add(name: Traceparent.header, value: trace.description) }
        // A GET's body is left alone: hummingbird 2.28.1's consumeWithInboundCloseHandler, which a stream needs to hear
        // that its client has gone, traps when the client goes after the body's end was read by somebody else.
        if request.method != .get {
            let body = try await request.buffer(upTo: Limits.bodyBytes)
            if body.readableBytes > 0 { upstream.body = .bytes(body) }
        }
        let response: HTTPClientResponse
        do {
            // The deadline is the head's; how long a body may be silent is the client's read time-out.
            response = try await http.execute(upstream, deadline: .now() + .seconds(Limits.proxyHeadSeconds))
        } catch {
            // Hundreds a second in the moments after an owner was killed: counted, and told to whoever wants them all.
            Counter(label: "dc_owner_unreachable").increment()
            context.logger.debug("owner did not answer", metadata: ["owner": "\(address)", "error": "\(error)"])
            throw problem(error, request)
        }
        return answer(response, request, context)
    }

    private func problem(_ error: any Error, _ request: Request) -> Problem {
        // A host's name fails with the errors of all its addresses, an address with its own.
        let isRefused = (error as? IOError)?.errnoCode == ECONNREFUSED
        let neverSent = (error as? HTTPClientError) == .connectTimeout || error is NIOConnectionError || isRefused
        if neverSent || request.method == .get {
            return .unavailable("owner-unreachable", "the instance that serves this dealership does not answer")
        }
        return .unknownOutcome
    }

    private func answer(_ response: HTTPClientResponse, _ request: Request, _ context: AppContext) -> Response {
        var headers = HTTPFields()
        for (name, value) in response.headers where !Self.own.contains(name.lowercased()) {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        let isStream = response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") ?? false
        let body: ResponseBody
        if isStream {
            headers[.connection] = "close"
            let run = StreamRun(
                request: request, context: context, lifetime: .seconds(Limits.streamLifetimeSeconds.upperBound),
                // The owner's heartbeats come through.
                heartbeat: nil
            ) { outbox in
                for try await bytes in response.body { try await outbox.put(bytes) }
            }
            body = ResponseBody { try await run.write(to: &$0) }
        } else {
            let length = response.headers.first(name: "content-length").flatMap(Int.init)
            body = ResponseBody(contentLength: length) { writer in
                for try await bytes in response.body { try await writer.write(bytes) }
                try await writer.finish(nil)
            }
        }
        return Response(status: HTTPResponse.Status(code: Int(response.status.code)), headers: headers, body: body)
    }

    /// The client that reaches owners and the issuer of staff keys.
    static func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .seconds(Limits.proxyConnectSeconds), read: .seconds(Limits.proxyReadSeconds)))
        configuration.httpVersion = .http1Only
        // Eight, its default, would leave the ninth stream to one owner waiting.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Limits.proxyConnections
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
