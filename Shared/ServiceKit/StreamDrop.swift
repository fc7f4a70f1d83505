import Metrics

/// Why a stream ended before its client wanted, or was never opened.
enum StreamDrop: String, CaseIterable {
    /// Its client took nothing any more.
    case stalled
    /// Its shard went to another owner, or was halted.
    case moved
    /// Whatever served it failed; of a proxied one, its owner.
    case failed
    /// There are as many as there may be.
    case full

    func count() { counter.increment() }

    /// Shows 0 for what has not happened.
    static func declare() {
        for reason in allCases { reason.counter.increment(by: 0) }
    }

    private var counter: Counter { Counter(label: "dc_sse_dropped", dimensions: [("reason", rawValue)]) }
}
