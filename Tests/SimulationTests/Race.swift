import Simulation

struct TimedOut: Error {}

/// Runs `body` and waits for it, but not for ever: a process that has crashed never answers.
///
/// - Throws: what `body` throws, or `TimedOut`.
func within<T: Sendable>(
    _ limit: Duration, _ time: SimulatedTime, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    let (answers, answer) = AsyncStream<Result<T, any Error>>.makeStream()
    let work = Task {
        do { answer.yield(.success(try await body())) } catch { answer.yield(.failure(error)) }
    }
    let timer = Task {
        try await time.sleep(for: limit)
        answer.finish()
    }
    defer {
        work.cancel()
        timer.cancel()
    }
    for await result in answers { return try result.get() }
    throw TimedOut()
}

/// Looks again and again until the condition holds.
///
/// - Returns: false if it does not within `limit`.
func holds(
    _ time: SimulatedTime, within limit: Int64, every pause: Duration = .milliseconds(250),
    _ condition: () async throws -> Bool
) async throws -> Bool {
    let end = time.now + limit
    while true {
        if try await condition() { return true }
        guard time.now < end else { return false }
        try await time.sleep(for: pause)
    }
}
