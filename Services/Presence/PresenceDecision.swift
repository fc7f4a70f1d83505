import Contracts

/// What is owed for one visit: a function of its leases, of what was announced, and of now.
///
/// ```
///            a visible beat                     a hidden beat, or the visible leases end
///   (none) ----------------> online <-----------------------------------> away
///                              |                                            |
///                              +-------------> offline <--------------------+
///                                 the last lease ends
/// ```
struct PresenceDecision {
    let leases: [Lease]
    let announced: Announcement?

    /// - Returns: the announcement that the log lacks; `nil` if it says what the leases say.
    func owed(at now: Timestamp) -> Announcement? {
        // Seen in the future: a clock was wrong, and whether somebody is there is not known from it.
        let latest = now.adding(milliseconds: Limits.clockTolerance)
        let believed = leases.filter { $0.seenAt <= latest }
        return PresenceDecision(leases: believed, announced: announced).decide(at: now)
    }

    private func decide(at now: Timestamp) -> Announcement? {
        let holding = leases.filter { $0.expiresAt > now }
        let visible = holding.filter(\.visible)
        if !visible.isEmpty { return present(.online, by: visible, at: now) }
        return holding.isEmpty ? offline(at: now) : present(.away, by: holding, at: now)
    }

    private func present(_ state: PresenceState, by leases: [Lease], at now: Timestamp) -> Announcement? {
        guard let end = leases.map(\.expiresAt).max(), let cause = lastFact(before: now) else { return nil }
        let page = page(of: leases)
        if let announced, announced.state == state, announced.page == page, let until = announced.until,
            until >= end.adding(milliseconds: Limits.renewalMargin)
        {
            return nil
        }
        return Announcement(
            state: state, time: cause, until: end.adding(milliseconds: Limits.announcementSlack(state)), page: page)
    }

    /// Owed only where somebody was told otherwise.
    private func offline(at now: Timestamp) -> Announcement? {
        guard let announced, announced.state != .offline else { return nil }
        // Without leases (`activity` forgets within an hour) the announcement itself says when it stopped holding.
        let cause = lastFact(before: now) ?? announced.until ?? announced.time
        return Announcement(state: .offline, time: cause, until: nil, page: nil)
    }

    /// What made things as they are: the last beat, or the last end of a lease. A later announcement of this visit so
    /// has a later time and another id, and whoever sees the same facts gives it the same.
    private func lastFact(before now: Timestamp) -> Timestamp? {
        leases.map { $0.expiresAt <= now ? $0.expiresAt : $0.seenAt }.max()
    }

    /// The last page seen; but of two tabs that beat in turn, the one that was announced, or it would change forever.
    private func page(of leases: [Lease]) -> String? {
        if let announced, announced.state != .offline, leases.contains(where: { $0.page == announced.page }) {
            return announced.page
        }
        return leases.max { $0.seenAt < $1.seenAt }?.page
    }
}
