import Kafka
import Synchronization

/// A simulated log for many clients at once: one `SimulatedCluster`, and whoever waits for it to change.
///
/// Nothing in it waits for time: whoever drives it advances its clock.
public final class SimulatedLog: Sendable {
    private struct State {
        var cluster = SimulatedCluster()
        /// Grows with every change.
        var version = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0

        mutating func changed() -> [CheckedContinuation<Void, Never>] {
            cluster.settle()
            version += 1
            defer { waiters = [:] }
            // In the order of waiting, so that a run can be repeated.
            return waiters.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// - Parameter process: whose clients these are: a process is killed and silenced as a whole.
    public func client(process: String) -> SimulatedClient { SimulatedClient(log: self, process: process) }

    public func appender(process: String) -> SimulatedAppender { SimulatedAppender(log: self, process: process) }

    /// Changes the cluster, and whoever waited looks again.
    @discardableResult
    public func change<T: Sendable>(_ body: (inout SimulatedCluster) throws -> T) rethrows -> T {
        let (result, waiters) = try state.withLock { state in
            let result = try body(&state.cluster)
            return (result, state.changed())
        }
        for waiter in waiters { waiter.resume() }
        return result
    }

    /// Looks, and looks again after every change, until there is something.
    /// - Parameter body: changes nothing where it gives nil.
    /// - Returns: nil when the task is cancelled.
    func first<T: Sendable>(_ body: (inout SimulatedCluster) throws -> T?) async throws -> T? {
        while !Task.isCancelled {
            let (found, version, waiters) = try state.withLock { state in
                let found = try body(&state.cluster)
                return (found, state.version, found == nil ? [] : state.changed())
            }
            for waiter in waiters { waiter.resume() }
            if let found { return found }
            await change(after: version)
        }
        return nil
    }

    private func change(after version: Int) async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.version != version || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
