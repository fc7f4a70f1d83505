import Metrics
import Synchronization

/// How many streams are open, in all and for one identity.
final class StreamGate: Sendable {
    private let open = Mutex<(total: Int, byKey: [String: Int])>((0, [:]))
    private let gauge = Meter(label: "dc_sse_connections")

    init() {
        gauge.set(0)
        StreamDrop.declare()
    }

    /// Held as long as the stream is; freed with the last reference, also when the answer was never written.
    final class Slot: Sendable {
        private let gate: StreamGate
        private let key: String

        fileprivate init(_ gate: StreamGate, _ key: String) {
            self.gate = gate
            self.key = key
        }

        deinit { gate.leave(key) }
    }

    /// - Throws: a 429 or 503 problem.
    func enter(_ key: String) throws -> Slot {
        try open.withLock { open in
            guard open.total < Limits.streams else {
                StreamDrop.full.count()
                throw Problem.unavailable("too-many-streams", "this instance serves as many streams as it may")
            }
            let count = open.byKey[key, default: 0]
            guard count < Limits.streamsPerIdentity else {
                StreamDrop.full.count()
                throw Problem.tooManyRequests("too many streams are open", retryAfterSeconds: Limits.heartbeatSeconds)
            }
            open.total += 1
            open.byKey[key] = count + 1
            gauge.set(open.total)
        }
        return Slot(self, key)
    }

    private func leave(_ key: String) {
        open.withLock { open in
            open.total -= 1
            let count = (open.byKey[key] ?? 1) - 1
            open.byKey[key] = count > 0 ? count : nil
            gauge.set(open.total)
        }
    }
}
