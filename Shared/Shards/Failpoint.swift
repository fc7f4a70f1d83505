import Foundation
import Synchronization

/// Places at which a promise hangs, named so that a test can let the process die right there.
///
/// With `DIRECTCHAT_FAILPOINT=<name>:<n>` in the environment the process ends by SIGKILL when it reaches that place for
/// the n-th time. Only in debug builds: in others `reach` does nothing.
public enum Failpoint {
    public static func reach(_ name: String) {
        #if DEBUG
            guard let armed, armed.isDue(at: name) else { return }
            kill(getpid(), SIGKILL)
        #endif
    }

    #if DEBUG
        private static let armed = ProcessInfo.processInfo.environment["DIRECTCHAT_FAILPOINT"].flatMap(Countdown.init)
    #endif

    /// One place and how often it may still be passed.
    final class Countdown: Sendable {
        private let name: String
        private let left: Mutex<Int>

        /// Nil unless `text` is `<name>:<n>` with n of at least 1.
        init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let count = Int(parts[1]), count > 0 else { return nil }
            name = String(parts[0])
            left = Mutex(count)
        }

        /// True once: the n-th time that `place` is this one.
        func isDue(at place: String) -> Bool {
            guard place == name else { return false }
            return left.withLock { left in
                left -= 1
                return left == 0
            }
        }
    }
}
