import NIOCore

/// Writes one stream's events. A write waits while the client is slow, and throws once the stream has ended.
public struct EventStreamWriter: Sendable {
    let outbox: StreamOutbox
    /// Put after every id, so that no other log takes it for its own.
    let mark: String

    public func send(_ event: ServerSentEvent) async throws {
        try await outbox.put(ByteBuffer(bytes: marked(event).encoded))
    }

    /// As one write.
    public func send(_ events: [ServerSentEvent]) async throws {
        guard !events.isEmpty else { return }
        var buffer = ByteBuffer()
        for event in events { buffer.writeBytes(marked(event).encoded) }
        try await outbox.put(buffer)
    }

    private func marked(_ event: ServerSentEvent) -> ServerSentEvent {
        var event = event
        event.id = event.id.map { $0 + mark }
        return event
    }
}
