import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// The life of one streamed answer: it ends when its source does, when the client leaves or takes nothing any more,
/// when its time is over, and when the process stops.
struct StreamRun: Sendable {
    let request: Request
    let context: AppContext
    let lifetime: Duration
    /// Sent when nothing else was for a while; nil where the source has its own.
    let heartbeat: ByteBuffer?
    let source: @Sendable (StreamOutbox) async throws -> Void

    func write(to writer: inout any ResponseBodyWriter) async throws {
        let outbox = StreamOutbox()
        try await withTaskCancellationHandler {
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await feed(outbox)
                        outbox.end()
                    }
                    group.addTask { try await watch(outbox) }
                    group.addTask { try await stop(outbox) }
                    // Ended first: a source that waits for room would wait for ever once nobody takes.
                    defer {
                        outbox.end()
                        group.cancelAll()
                    }
                    while let bytes = await outbox.take() { try await writer.write(bytes) }
                }
            } onInboundClosed: {
                outbox.end()
            }
        } onCancel: {
            outbox.end()
        }
        try await writer.finish(nil)
    }

    private func feed(_ outbox: StreamOutbox) async {
        do {
            try await source(outbox)
            // Ours ends by itself with its shard only; a proxied one ends as its owner ends it.
            if heartbeat != nil, !outbox.hasEnded { StreamDrop.moved.count() }
        } catch is CancellationError {
        } catch let error where Problem(any: error) != nil {
            StreamDrop.moved.count()
            // Such as a shard that has moved: the client reconnects and gets the problem as an answer.
            context.logger.debug("stream ended", metadata: ["error": "\(error)"])
        } catch {
            StreamDrop.failed.count()
            // A proxied one fails with its owner, and its client goes on elsewhere.
            context.logger.warning("stream failed", metadata: ["error": "\(error)"])
        }
    }

    /// Heartbeats, the end of its time, and the cut of a client that takes nothing.
    private func watch(_ outbox: StreamOutbox) async throws {
        let end = ContinuousClock.now + lifetime
        var hasEnded = false
        while true {
            let beat = ContinuousClock.now + .seconds(Limits.heartbeatSeconds)
            try await Task.sleep(until: hasEnded ? beat : min(end, beat), clock: .continuous)
            if outbox.stalled >= .seconds(Limits.streamStallSeconds) {
                StreamDrop.stalled.count()
                // Only this frees a writer that waits for the socket.
                return context.channel.close(promise: nil)
            }
            if .now >= end {
                outbox.end()
                hasEnded = true
            }
            if let heartbeat { outbox.putIfIdle(heartbeat) }
        }
    }

    private func stop(_ outbox: StreamOutbox) async throws {
        try await gracefulShutdown()
        outbox.end()
        // A client that takes nothing must not hold up the stop.
        try await Task.sleep(for: .seconds(2))
        context.channel.close(promise: nil)
    }
}
