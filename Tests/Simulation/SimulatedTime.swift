import Contracts
import Shards
import Synchronization

/// Time that stands still until whoever drives the simulation moves it on.
public final class SimulatedTime: Sendable {
    private struct Timer {
        var due: Int64
        var process: SimulatedProcess?
        var continuation: UnsafeContinuation<Void, Never>
    }

    private struct State {
        var now: Int64 = 0
        var timers: [Int: Timer] = [:]
        var lastId = 0
    }

    private let state = Mutex(State())
    private let origin = ContinuousClock.now
    /// What the clocks on the wall say at the beginning.
    private let wall: Int64 = 1_767_600_000_000

    public init() {}

    /// Milliseconds since the beginning.
    public var now: Int64 { state.withLock { $0.now } }

    public var timestamp: Timestamp { Timestamp(milliseconds: wall + now) }

    var instant: ContinuousClock.Instant { origin.advanced(by: .milliseconds(now)) }

    /// When the next of those who wait is due.
    public var nextDue: Int64? { state.withLock { $0.timers.values.lazy.map(\.due).min() } }

    /// Moves on; those whose time has come go on, except in processes that are dead.
    public func advance(to time: Int64) {
        let due: [Timer] = state.withLock { state in
            state.now = max(state.now, time)
            let now = state.now
            let due = state.timers.filter { $0.value.due <= now }.sorted { $0.key < $1.key }
            for (id, _) in due { state.timers[id] = nil }
            return due.map(\.value)
        }
        for timer in due where timer.process?.isDead != true { timer.continuation.resume() }
    }

    /// - Parameter process: whose task waits; nil for those outside.
    public func sleep(for duration: Duration, process: SimulatedProcess? = nil) async throws {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let id = state.withLock { state in
            state.lastId += 1
            return state.lastId
        }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let isOver = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.timers[id] = Timer(
                        due: state.now + max(1, milliseconds), process: process, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.timers.removeValue(forKey: id) }?.continuation.resume()
        }
        await process?.gate()
        try Task.checkCancellation()
    }
}

/// The time of one process, or of those outside.
public struct ProcessTime: LoopTime {
    let time: SimulatedTime
    let process: SimulatedProcess?

    public init(_ time: SimulatedTime, process: SimulatedProcess? = nil) {
        self.time = time
        self.process = process
    }

    public var instant: ContinuousClock.Instant { time.instant }

    public func sleep(for duration: Duration) async throws {
        try await time.sleep(for: duration, process: process)
    }
}
