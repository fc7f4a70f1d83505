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
