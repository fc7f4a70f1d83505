import Contracts
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The HTTP side of a service, without what it serves: middleware, limits, streams.
struct HTTPEdge: Sendable {
    private let problems = ProblemMiddleware()
    private let gate = StreamGate()

    /// A router whose every answer has a correlation id, CORS headers and, for errors, a problem.
    func makeRouter(cors: CORS) -> Router<AppContext> {
        let router = Router(context: AppContext.self)
        router.add(middleware: CorrelationMiddleware())
        router.add(middleware: cors)
        router.add(middleware: problems)
        return router
    }

    /// The finished router: nothing can be added any more.
    func responder(_ router: Router<AppContext>) -> RouterResponder<AppContext> {
        problems.know(router.routes.map { ($0.path, $0.method) })
        return router.buildResponder()
    }

    func application(
        _ router: Router<AppContext>, host: String, port: Int, logger: Logger
    ) -> Application<RouterResponder<AppContext>> {
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: Limits.headerBytes, maxHeaderListSize: Limits.headerBytes,
            maxHeaderFieldCount: Limits.headerCount)
        return Application(
            responder: responder(router),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: .seconds(Limits.idleSeconds), httpDecoderConfiguration: decoder)),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections)),
            logger: logger)
    }

    /// A stream of events; see `Service.eventStream`.
    func eventStream(
        _ request: Request, _ context: AppContext, for key: String, until expiry: Timestamp, now: Timestamp,
        mark: String = "",
        _ body: @escaping @Sendable (EventStreamWriter) async throws -> Void
    ) throws -> Response {
        let slot = try gate.enter(key)
        let drawn = Int64(Int.random(in: Limits.streamLifetimeSeconds)) * 1_000
        // As long as a request with the same token is taken: a client that comes back is told why at once.
        let end = expiry.adding(milliseconds: Int64(Limits.clockLeewaySeconds) * 1_000)
        let lifetime = max(0, min(drawn, end.milliseconds - now.milliseconds))
        let retry = Int.random(in: Limits.streamRetryMilliseconds)
        let run = StreamRun(
            request: request, context: context, lifetime: .milliseconds(lifetime),
            heartbeat: ByteBuffer(string: ":\n\n")
        ) { outbox in
            try await outbox.put(ByteBuffer(string: "retry: \(retry)\n\n"))
            try await body(EventStreamWriter(outbox: outbox, mark: mark))
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store, no-transform",
                // nginx would hold events back.
                .accelBuffering: "no", .connection: "close",
            ],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(slot) {} }
                try await run.write(to: &writer)
            })
    }
}
