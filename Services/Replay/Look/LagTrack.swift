/// What a service has committed of one partition, look by look.
///
/// A broker does not tell when a commit was made. A service commits all the shards that it holds every ten seconds,
/// moved or not: so one is taken to be made where the offset has changed, and, of a shard that a member of the
/// service's group holds, where it has stood for that long. More commits than there were would be saw-teeth: what came
/// since the last one is no lag that grew, and what goes with the next is none that became less.
struct LagTrack: Sendable {
    private(set) var commits: [LagStatus.Commit] = []
    private(set) var committed: Int64
    private(set) var end: Int64
    /// Of the last commit, or of the first look.
    private var at: Int64

    var lag: Int64 { end - committed }

    init(committed: Int64, end: Int64, at now: Int64) {
        (self.committed, self.end, at) = (committed, max(end, committed), now)
    }

    mutating func look(committed offset: Int64, end newEnd: Int64, isHeld: Bool, at now: Int64) {
        if committed != offset || (isHeld && now - at >= Limits.lagCommit) {
            // The end of the look before: what came after the commit is not behind, and a busy shard that keeps up
            // would never be without a lag.
            commits.append(.init(at: now, offset: offset, lag: max(0, end - offset)))
            at = now
        }
        (committed, end) = (offset, max(newEnd, offset))
    }
}
