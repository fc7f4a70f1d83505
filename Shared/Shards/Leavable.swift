/// A question to a broker that may be away: whoever is cancelled does not wait for the answer.
func leavable<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
    let (answers, answer) = AsyncThrowingStream<T, any Error>.makeStream()
    let asking = Task {
        do {
            answer.yield(try await body())
            answer.finish()
        } catch { answer.finish(throwing: error) }
    }
    defer { asking.cancel() }
    for try await found in answers { return found }
    throw CancellationError()  // The stream ends so when this task is cancelled.
}
