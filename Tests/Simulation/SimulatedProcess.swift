import GRDB
import Synchronization

/// One process as the outside sees it: its calls to the log and the disk are counted, and from one of them on nobody
/// answers it any more. What it computes then goes nowhere.
public final class SimulatedProcess: Sendable {
    /// How a call to the disk goes wrong.
    public enum DiskFault: Sendable {
        /// Before anything was done.
        case refused(ResultCode)
        /// At the n-th access of SQLite to its files.
        case at(access: Int, ResultCode)
    }

    private struct State {
        var steps = 0
        var diskCalls = 0
        var crash: (step: Int, isAfter: Bool)?
        var faults: [Int: DiskFault] = [:]
        var isDead = false
        var databases: [DatabasePool] = []
    }

    public let name: String
    private let state = Mutex(State())
    private let died: @Sendable (SimulatedProcess) -> Void

    /// - Parameter died: called when it crashes, by itself or by `kill`.
    public init(_ name: String, died: @escaping @Sendable (SimulatedProcess) -> Void) {
        self.name = name
        self.died = died
    }

    public var isDead: Bool { state.withLock { $0.isDead } }
    /// Calls to the outside so far.
    public var steps: Int { state.withLock { $0.steps } }

    /// It crashes in its n-th call from now: before anything of it is done, or when it is done and not answered.
    public func crash(after steps: Int, isAnswered: Bool) {
        state.withLock { $0.crash = ($0.steps + steps, isAnswered) }
    }

    /// Its n-th call to the disk from now goes wrong.
    public func fail(diskCall: Int, _ fault: DiskFault) {
        state.withLock { $0.faults[$0.diskCalls + diskCall] = fault }
    }

    public func heal() {
        state.withLock { ($0.faults, $0.crash) = ([:], nil) }
    }

    public func kill() {
        let databases: [DatabasePool]? = state.withLock { state in
            if state.isDead { return nil }
            state.isDead = true
            defer { state.databases = [] }
            return state.databases
        }
        guard let databases else { return }
        died(self)
        // As the kernel does.
        for database in databases { try? database.close() }
    }

    // MARK: Calls

    /// Whatever goes outside begins with this.
    func step() async {
        let crashes = state.withLock { state in
            state.steps += 1
            return state.crash.map { $0.step == state.steps && !$0.isAfter } ?? false
        }
        if crashes { kill() }
        await gate()
    }

    /// And ends with this.
    func end() async {
        let crashes = state.withLock { state in state.crash.map { state.steps >= $0.step && $0.isAfter } ?? false }
        if crashes { kill() }
        await gate()
    }

    /// A dead process goes no further.
    func gate() async {
        guard isDead else { return }
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }

    /// What is to become of the next call to the disk.
    func nextDiskFault() -> DiskFault? {
        state.withLock { state in
            state.diskCalls += 1
            return state.faults.removeValue(forKey: state.diskCalls)
        }
    }

    func uses(_ database: DatabasePool) {
        state.withLock { state in
            guard !state.isDead, !state.databases.contains(where: { $0 === database }) else { return }
            state.databases.append(database)
        }
    }
}
