import Foundation
import Synchronization

/// Processes of tests that are to end with the tests, also when a test leaves them behind.
final class Leftovers: Sendable {
    static let shared = Leftovers()

    private let processes = Mutex<Set<Int32>>([])

    private init() {
        atexit { Leftovers.shared.killAll() }
    }

    func add(_ process: Int32) { processes.withLock { _ = $0.insert(process) } }

    func remove(_ process: Int32) { processes.withLock { _ = $0.remove(process) } }

    private func killAll() {
        for process in processes.withLock({ $0 }) { kill(process, SIGKILL) }
    }
}
