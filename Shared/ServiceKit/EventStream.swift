import Contracts
import Hummingbird
import NIOCore

/// Writes one stream's events. A write waits while the client is slow, and throws once the stream has ended.
public struct EventStreamWriter: Sendable {
    let outbox: StreamOutbox

    public func send(_ event: ServerSentEvent) async throws {
        try await outbox.put(ByteBuffer(bytes: event.encoded))
    }

    /// As one write.
    public func send(_ events: [ServerSentEvent]) async throws {
        guard !events.isEmpty else { return }
        var buffer = ByteBuffer()
        for event in events { buffer.writeBytes(event.encoded) }
        try await outbox.put(buffer)
    }
}

/// Server-Sent Events.
struct EventStream: Sendable {
    let gate: StreamGate

    /// - Parameters:
    ///   - key: whose stream it is, for the limit of streams a person.
    ///   - expiry: when the token ends; the stream does not outlive it.
    func response(
        _ request: Request, _ context: AppContext, for key: String, until expiry: Timestamp, now: Timestamp,
        _ body: @escaping @Sendable (EventStreamWriter) async throws -> Void
    ) throws -> Response {
        let slot = try gate.enter(key)
        let drawn = Int64(Int.random(in: Limits.streamLifetimeSeconds)) * 1_000
        let lifetime = max(0, min(drawn, expiry.milliseconds - now.milliseconds))
        let retry = Int.random(in: Limits.streamRetryMilliseconds)
        let run = StreamRun(
            request: request, context: context, lifetime: .milliseconds(lifetime),
            heartbeat: ByteBuffer(string: ":\n\n")
        ) { outbox in
            try await outbox.put(ByteBuffer(string: "retry: \(retry)\n\n"))
            try await body(EventStreamWriter(outbox: outbox))
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
