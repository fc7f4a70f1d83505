/// The time that passes for the loop: what it waits and what it measures. What events are stamped with is
/// `ShardSettings.clock`.
///
/// Services run on the system's; the simulation has one that moves only when nothing else can happen.
public protocol LoopTime: Sendable {
    /// For measuring; never goes back.
    var instant: ContinuousClock.Instant { get }
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(for duration: Duration) async throws
}

/// The system's.
public struct SystemTime: LoopTime {
    public init() {}

    public var instant: ContinuousClock.Instant { .now }

    public func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}

extension LoopTime {
    /// Runs `body` for at most `limit`.
    ///
    /// - Throws: `ShardUnavailable(.unknownOutcome)` after that.
    public func deadline<T: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        try await withThrowingTaskGroup(of: T.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await self.sleep(for: limit)
                throw ShardUnavailable(.unknownOutcome)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw ShardUnavailable(.unknownOutcome) }
            return first
        }
    }
}
