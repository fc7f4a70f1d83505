/// Which rows are to be appended next, and by whom: one lane per partition, one batch at a time in each, so that a
/// sender's messages keep their order and a partition without a leader holds up no other.
///
///     idle ──admitted──▶ waiting ──take──▶ busy ──advance/retry──▶ busy … nothing left ──▶ idle
///       any state ──suspend──▶ no lane is given work ──restart──▶ every lane begins at its first pending row
struct SpoolLanes: Sendable {
    /// A lane's next stretch of rows, in one generation of connections.
    struct Span: Sendable, Equatable {
        var after: Int64
        var through: Int64
        var generation: Int
    }

    private struct Lane {
        var cursor: Int64 = 0
        var newest: Int64 = 0
        var isBusy = false
    }

    private var lanes: [Int32: Lane] = [:]
    private(set) var generation = 0
    private(set) var isSuspended = true

    /// A row is in the spool.
    mutating func admitted(_ row: Int64, partition: Int32) {
        lanes[partition, default: Lane()].newest = max(row, lanes[partition]?.newest ?? 0)
    }

    /// The lanes that have work and nobody who does it; they count as busy from here on.
    mutating func takeIdle() -> [Int32] {
        guard !isSuspended else { return [] }
        let ready = lanes.filter { !$0.value.isBusy && $0.value.newest > $0.value.cursor }.map(\.key).sorted()
        for partition in ready { lanes[partition]?.isBusy = true }
        return ready
    }

    /// What a busy lane does next; with nil it is idle again.
    mutating func next(_ partition: Int32) -> Span? {
        guard let lane = lanes[partition], lane.isBusy else { return nil }
        guard !isSuspended, lane.newest > lane.cursor else {
            lanes[partition]?.isBusy = false
            return nil
        }
        return Span(after: lane.cursor, through: lane.newest, generation: generation)
    }

    /// The log has every pending row of the partition up to `row`.
    ///
    /// - Returns: false if a connection was lost since the span was given: then the rows are in doubt.
    mutating func advance(_ partition: Int32, through row: Int64, _ span: Span) -> Bool {
        guard span.generation == generation else { return false }
        lanes[partition]?.cursor = row
        return true
    }

    /// The log has this row since the last restart, whatever the file says yet.
    func hasAppended(_ row: Int64, partition: Int32) -> Bool {
        !isSuspended && row <= lanes[partition]?.cursor ?? 0
    }

    /// A connection was lost: nothing is given out until the rows in doubt are pending again.
    mutating func suspend() {
        generation += 1
        isSuspended = true
    }

    /// Every lane begins at its first pending row.
    mutating func restart() {
        isSuspended = false
        for partition in lanes.keys { lanes[partition]?.cursor = 0 }
    }
}
