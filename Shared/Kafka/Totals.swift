import Synchronization

/// Turns totals that a client counts by itself into what came since they were last seen.
final class Totals: Sendable {
    private let seen = Mutex<[String: Int]>([:])

    /// A total that has gone down is another client's, put in the place of the first: all of it is new.
    func increase(_ name: String, to total: Int) -> Int {
        seen.withLock { seen in
            defer { seen[name] = total }
            let before = seen[name] ?? 0
            return total >= before ? total - before : total
        }
    }
}
