import Dispatch
import Foundation
import Synchronization

/// A serial executor that is one thread, which may therefore block: in polls, admin calls, destroys.
final class PollThread: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)
    private let onEnqueue: @Sendable () -> Void

    /// - Parameter onEnqueue: ends the poll in which the thread may be blocked.
    init(name: String, onEnqueue: @escaping @Sendable () -> Void = {}) {
        self.onEnqueue = onEnqueue
        let thread = Thread { self.run() }
        thread.name = name
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // All of it in the lock: the job may be what keeps the actor alive, and with it this object; once it can run,
        // nothing of this may be touched any more.
        state.withLock { state in
            state.jobs.append(job)
            signal.signal()
            onEnqueue()
        }
    }

    /// Somebody waits for the thread.
    var hasJobs: Bool { state.withLock { !$0.jobs.isEmpty } }

    /// The thread ends after the jobs it has.
    func stop() {
        state.withLock { $0.isStopped = true }
        signal.signal()
    }

    private func run() {
        while true {
            signal.wait()
            let (jobs, isStopped) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isStopped && jobs.isEmpty { return }
        }
    }
}
