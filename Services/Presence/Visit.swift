import Contracts
import GRDB

/// One visitor's conversation, whose presence is asked for.
struct Visit: Hashable {
    let dealership: String
    let conversation: String

    /// The visits that may owe something, and few others. `owed` runs after every batch of beats, so one pass of SQL
    /// leaves out whoever is present and announced well enough; `PresenceDecision` has the last word on the rest.
    static func candidates(at now: Timestamp, in db: Database) throws -> [Visit] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT lease.dealership, lease.conversation
                FROM leases lease LEFT JOIN announced USING (dealership, conversation)
                WHERE lease.expires_at > ?1 AND lease.seen_at <= ?3 GROUP BY lease.dealership, lease.conversation
                HAVING until IS NULL OR until < max(expires_at) + ?2 OR max(visible) <> (state = 'online')
                    OR max(lease.page IS announced.page AND (visible OR state <> 'online')) = 0
                UNION ALL
                SELECT dealership, conversation FROM announced WHERE state <> 'offline' AND NOT EXISTS (
                    SELECT 1 FROM leases WHERE leases.dealership = announced.dealership
                        AND leases.conversation = announced.conversation AND expires_at > ?1
                        AND seen_at <= ?3)
                ORDER BY 1, 2
                """)
        return try Row.fetchAll(
            statement,
            arguments: [
                now.milliseconds, Limits.renewalMargin, now.milliseconds + Limits.clockTolerance,
            ]
        ).map {
            Visit(dealership: $0["dealership"], conversation: $0["conversation"])
        }
    }
}
