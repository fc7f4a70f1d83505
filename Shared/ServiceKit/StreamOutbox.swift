import NIOCore
import Synchronization

/// What a stream has to say and the socket has not taken yet: bounded, one reader.
final class StreamOutbox: Sendable {
    private struct State {
        var pending = ByteBuffer()
        var ended = false
        var reader: CheckedContinuation<ByteBuffer?, Never>?
        var writers: [CheckedContinuation<Void, any Error>] = []
        /// When the reader went off to hand the last buffer to the socket; nil while it waits here.
        var busySince: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// Adds bytes, and waits while there are more than the limit.
    /// - Throws: `CancellationError` once the stream has ended.
    func put(_ bytes: ByteBuffer) async throws {
        guard try add(bytes) > Limits.streamBufferBytes else { return }
        try await withCheckedThrowingContinuation { (writer: CheckedContinuation<Void, any Error>) in
            let outcome: Result<Void, any Error>? = state.withLock { state in
                if state.ended { return .failure(CancellationError()) }
                if state.pending.readableBytes == 0 { return .success(()) }
                state.writers.append(writer)
                return nil
            }
            if let outcome { writer.resume(with: outcome) }
        }
    }

    /// Adds bytes only if nothing is waiting: a heartbeat says nothing to somebody who is being written to.
    func putIfIdle(_ bytes: ByteBuffer) {
        let reader = state.withLock { state -> CheckedContinuation<ByteBuffer?, Never>? in
            guard !state.ended, state.busySince == nil, state.pending.readableBytes == 0 else { return nil }
            guard let reader = state.reader else { return nil }
            state.reader = nil
            state.busySince = .now
            return reader
        }
        reader?.resume(returning: bytes)
    }

    /// What there is to write; nil once the stream has ended and all was taken. For one caller at a time.
    func take() async -> ByteBuffer? {
        await withCheckedContinuation { (reader: CheckedContinuation<ByteBuffer?, Never>) in
            let (isDue, bytes, writers) = state.withLock {
                state -> (Bool, ByteBuffer?, [CheckedContinuation<Void, any Error>]) in
                if state.pending.readableBytes > 0 {
                    defer { (state.pending, state.writers) = (ByteBuffer(), []) }
                    state.busySince = .now
                    return (true, state.pending, state.writers)
                }
                state.busySince = nil
                if state.ended { return (true, nil, []) }
                state.reader = reader
                return (false, nil, [])
            }
            for writer in writers { writer.resume() }
            if isDue { reader.resume(returning: bytes) }
        }
    }

    /// No more comes; what is there may still be taken.
    func end() {
        let (reader, writers) = state.withLock { state in
            state.ended = true
            defer { (state.reader, state.writers) = (nil, []) }
            return (state.reader, state.writers)
        }
        reader?.resume(returning: nil)
        for writer in writers { writer.resume(throwing: CancellationError()) }
    }

    var hasEnded: Bool { state.withLock { $0.ended } }

    /// How long the socket has been refusing to take anything.
    var stalled: Duration {
        state.withLock { state in state.busySince.map { .now - $0 } } ?? .zero
    }

    private func add(_ bytes: ByteBuffer) throws -> Int {
        let (reader, due, count) = try state.withLock {
            state -> (CheckedContinuation<ByteBuffer?, Never>?, ByteBuffer, Int) in
            guard !state.ended else { throw CancellationError() }
            state.pending.writeImmutableBuffer(bytes)
            guard let reader = state.reader else { return (nil, ByteBuffer(), state.pending.readableBytes) }
            defer { state.pending = ByteBuffer() }
            state.reader = nil
            state.busySince = .now
            return (reader, state.pending, 0)
        }
        reader?.resume(returning: due)
        return count
    }
}
