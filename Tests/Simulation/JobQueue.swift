import Foundation
import Synchronization

/// Runs all Swift tasks that begin on its thread, one job at a time, in an order drawn from a seed.
///
/// Whatever Swift would give to its threads comes to the hook below instead, which the runtime offers to those who
/// bring an executor of their own. Jobs of other threads go where they would have gone.
public final class JobQueue: Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var random: SeededRandom
        var count = 0
    }

    private let state: Mutex<State>
    private let thread = pthread_self()
    private let lane = Lane()

    /// For the calling thread, until `uninstall`.
    public init(seed: UInt64) {
        state = Mutex(State(random: SeededRandom(seed)))
        Self.hook()
        Self.installed.withLock { $0 = self }
    }

    public func uninstall() {
        Self.installed.withLock { $0 = nil }
    }

    /// Jobs run so far.
    public var count: Int { state.withLock { $0.count } }

    /// Runs one job, whichever the seed says.
    /// - Returns: false if there is none: whoever is not done waits for time, for the log, or for ever.
    public func step() -> Bool {
        let job: UnownedJob? = state.withLock { state in
            guard !state.jobs.isEmpty else { return nil }
            state.count += 1
            let index = state.jobs.count == 1 ? 0 : Int(state.random.next() % UInt64(state.jobs.count))
            state.jobs.swapAt(index, state.jobs.count - 1)
            return state.jobs.removeLast()
        }
        guard let job else { return false }
        job.runSynchronously(on: lane.asUnownedSerialExecutor())
        return true
    }

    private func add(_ job: UnownedJob) {
        state.withLock { $0.jobs.append(job) }
    }

    // MARK: The hook

    private static let installed = Mutex<JobQueue?>(nil)

    private typealias Enqueue = @convention(c) (UnsafeRawPointer) -> Void
    private typealias Hook = @convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> Void

    private static let enqueue: Hook = { job, original in
        if let queue = installed.withLock({ $0 }), pthread_equal(queue.thread, pthread_self()) != 0 {
            queue.add(unsafeBitCast(job, to: UnownedJob.self))
        } else {
            unsafeBitCast(original, to: Enqueue.self)(job)
        }
    }

    private static func hook() {
        guard let place = dlsym(nil, "swift_task_enqueueGlobal_hook") else {
            preconditionFailure("this Swift has no hook for its global executor")
        }
        place.assumingMemoryBound(to: Hook.self).pointee = enqueue
    }

    private final class Lane: SerialExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            JobQueue.installed.withLock { $0 }?.add(job)
        }
    }
}
