import Synchronization

/// Invariants that a run broke, each with the records or rows concerned.
final class Violations: Sendable {
    private let all = Mutex<[String]>([])

    func note(_ what: String, _ details: [String] = []) {
        all.withLock { $0.append(([what] + details.prefix(12).map { "    \($0)" }).joined(separator: "\n")) }
    }

    var found: [String] { all.withLock { $0 } }
}
