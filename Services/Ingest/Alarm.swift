/// Wakes at the latest time that it was set to. One task however often it is set: a task for each would stay, ended, in
/// its stream's task group until the stream ends, and staff type for hours.
struct Alarm: Sendable {
    private let times = AsyncStream.makeStream(of: ContinuousClock.Instant.self, bufferingPolicy: .bufferingNewest(1))

    func set(_ time: ContinuousClock.Instant) {
        times.continuation.yield(time)
    }

    /// Until it is cancelled. An earlier time that it was set to before may wake too.
    func run(_ wake: @Sendable () -> Void) async throws {
        for await time in times.stream {
            try await Task.sleep(until: time, clock: .continuous)
            wake()
        }
    }
}
