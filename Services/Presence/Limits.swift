import Contracts

/// What this service bounds, and why. Times in milliseconds.
enum Limits {
    /// A visible tab beats every 15 s: three beats may be lost before its lease ends.
    static let visibleLease: Int64 = 45_000
    /// A hidden tab beats every 45 s at best, and iOS freezes background tabs: three beats again.
    static let hiddenLease: Int64 = 135_000
    /// A tab that says it leaves is most often only going to the next page, which beats within seconds.
    static let leavingGrace: Int64 = 10_000
    /// An announcement holds for this much longer than the lease behind it. Readers show `unknown` after that: only
    /// when presence itself has stopped, since else the lease's end is announced first.
    static func announcementSlack(_ state: PresenceState) -> Int64 {
        state == .online ? visibleLease : hiddenLease
    }
    /// An announcement is renewed by the first beat whose lease comes closer than this to the announcement's end: a
    /// third of a visible lease, so not by each beat, and early enough for a beat to be late.
    static let renewalMargin: Int64 = 15_000
    /// Instances of ingest stamp beats by their own clocks, and a beat may be some seconds on its way. What is further
    /// off than a lease was stamped by a clock that was wrong: it is not believed, and a later beat takes its place. So
    /// the dot of somebody who left is right after twice the lease, whatever a clock said.
    static let clockTolerance = visibleLease
    /// Leases that ended longer ago than `activity` keeps its records tell nothing any more.
    static let leaseKept: Int64 = 3_600_000
    /// And only once so many records came after their last beat: one clock that is years ahead must not make every
    /// lease an old one.
    static let leaseKeptRecords: Int64 = 10_000
    /// Announcements older than what `presence` keeps.
    static let announcementKept: Int64 = 86_400_000
}
