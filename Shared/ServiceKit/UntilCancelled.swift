/// Waits for `body` until the caller is cancelled, and then for no longer: `body` itself goes on by itself. For calls
/// into librdkafka, which have time-outs and no way to be called off: one of 15 s would take most of a stop's 20.
func untilCancelled<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let (stream, continuation) = AsyncThrowingStream.makeStream(of: Value.self)
    Task {
        do {
            continuation.yield(try await body())
            continuation.finish()
        } catch {
            continuation.finish(throwing: error)
        }
    }
    for try await value in stream { return value }
    throw CancellationError()
}
