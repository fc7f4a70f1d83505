import Synchronization

/// Turns totals that a client counts by itself into what came since they were last seen.
final class Totals: Sendable {
    private let seen = Mutex<[String: Int]>([:])

    /// A total that has gone down is another client's, put in the place of the first: all of it is new.
    ///
    /// - Parameter mayShrink: it is a sum over brokers, of which one has left; what is left of it is not new.
    func increase(_ name: String, to total: Int, mayShrink: Bool = false) -> Int {
        seen.withLock { seen in
            defer { seen[name] = total }
            let before = seen[name] ?? 0
            return total >= before ? total - before : mayShrink ? 0 : total
        }
    }
}
