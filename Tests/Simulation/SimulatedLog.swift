import Kafka
import Synchronization

/// A simulated log for many clients at once: one `SimulatedCluster`, and whoever waits for it to change.
///
/// Nothing in it waits for time: whoever drives it advances its clock.
public final class SimulatedLog: Sendable {
    private struct Waiter {
        let process: String
        let isDue: @Sendable (SimulatedCluster) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var cluster = SimulatedCluster()
        var waiters: [Int: Waiter] = [:]
        var lastWaiter = 0

        /// - Parameter version: as it was before the change.
        mutating func changed(since version: Int) -> [CheckedContinuation<Void, Never>] {
            guard cluster.version != version else { return [] }
            // The dead hear nothing any more. Nor does whoever would find nothing: most of what a run did was that.
            let due = waiters.filter { !cluster.isDead($0.value.process) && $0.value.isDue(cluster) }
            for id in due.keys { waiters[id] = nil }
            // In the order of waiting, so that a run can be repeated.
            return due.sorted { $0.key < $1.key }.map(\.value.continuation)
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
            let version = state.cluster.version
            let result = try body(&state.cluster)
            state.cluster.settle()
            return (result, state.changed(since: version))
        }
        for waiter in waiters { waiter.resume() }
        return result
    }

    /// Looks, and changes nothing.
    public func look<T: Sendable>(_ body: (SimulatedCluster) throws -> T) rethrows -> T {
        try state.withLock { try body($0.cluster) }
    }

    /// Looks, and looks again after every change, until there is something.
    /// - Parameters:
    ///   - process: who looks.
    ///   - isDue: whether `body` would find something.
    ///   - body: changes nothing where it gives nil.
    /// - Returns: nil when the task is cancelled.
    func first<T: Sendable>(
        for process: String, when isDue: @escaping @Sendable (SimulatedCluster) -> Bool,
        _ body: (inout SimulatedCluster) throws -> T?
    ) async throws -> T? {
        while !Task.isCancelled {
            let (found, version, waiters) = try state.withLock { state in
                let version = state.cluster.version
                let found = try body(&state.cluster)
                if state.cluster.version != version { state.cluster.settle() }
                return (found, state.cluster.version, state.changed(since: version))
            }
            for waiter in waiters { waiter.resume() }
            if let found { return found }
            await change(after: version, process, isDue)
        }
        return nil
    }

    private func change(
        after version: Int, _ process: String, _ isDue: @escaping @Sendable (SimulatedCluster) -> Bool
    ) async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.cluster.version != version || Task.isCancelled { return true }
                    state.waiters[id] = Waiter(process: process, isDue: isDue, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
