import Metrics
import Synchronization

/// What the spool's metrics show, brought up to date whenever somebody looks.
final class SpoolGauges: Sendable {
    private let rows = Meter(label: "dc_spool_rows")
    private let oldest = Meter(label: "dc_spool_oldest_seconds")
    private let writable = Meter(label: "dc_spool_writable")
    private let reclaims = Counter(label: "dc_spool_reclaims")
    private let counted = Mutex(0)

    func measure(_ pump: SpoolPump) async {
        let status = await pump.current()
        writable.set(status.writable ? 1 : 0)
        let more = counted.withLock { counted in
            defer { counted = status.reclaims }
            return status.reclaims - counted
        }
        reclaims.increment(by: more)
        // A spool that cannot be read keeps what it said last, and is not writable either.
        guard let age = try? await pump.age() else { return }
        rows.set(age.rows)
        oldest.set(age.oldest)
    }
}
