import Foundation
import Synchronization
import Testing

/// Alone in its process, and only when asked: `compose/simulate`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["DIRECTCHAT_SIMULATE"] != nil))
struct SimulationTests {
    @Test func simulate() throws {
        let flags = ProcessInfo.processInfo.environment["DIRECTCHAT_SIMULATE"] ?? ""
        let command = try Command(flags.split(separator: " ").map(String.init))
        // On a thread of its own, which no job of the test library ever sees.
        let failures = Mutex(-1)
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let count = command.run()
            failures.withLock { $0 = count }
            done.signal()
        }
        thread.stackSize = 64 << 20
        thread.start()
        done.wait()
        #expect(failures.withLock { $0 } == 0)
    }
}
