import Contracts
import GRDB

/// That one tab is on the website, until when. Written by `activity`.
struct Lease: Equatable {
    /// The event time of the tab's last beat, or of its leaving.
    var seenAt: Timestamp
    var expiresAt: Timestamp
    var visible: Bool
    var page: String?

    static let table = """
        CREATE TABLE IF NOT EXISTS leases (
            dealership TEXT NOT NULL, conversation TEXT NOT NULL, tab TEXT NOT NULL, seen_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, visible INTEGER NOT NULL, page TEXT, "offset" INTEGER NOT NULL,
            UNIQUE (dealership, conversation, tab)
        );
        CREATE INDEX IF NOT EXISTS leases_by_end ON leases (expires_at);

        """

    /// A beat renews the tab's lease. Beats come through several instances of ingest and may come late: an older one
    /// changes nothing, unless it is so much older that it is the known one's clock that was ahead.
    static func fold(beat event: Event, at offset: Int64, in db: Database) throws {
        let beat = try event.payload(VisitBeat.self)
        let length = beat.visible ? Limits.visibleLease : Limits.hiddenLease
        try db.cachedStatement(
            sql: """
                INSERT INTO leases (dealership, conversation, tab, seen_at, expires_at, visible, page, "offset")
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at, expires_at = excluded.expires_at,
                    visible = excluded.visible, page = excluded.page, "offset" = excluded."offset"
                WHERE excluded.seen_at > leases.seen_at
                    OR excluded.seen_at < leases.seen_at - \(Limits.clockTolerance)
                """
        ).execute(arguments: [
            event.dealership, beat.conversationId, beat.tabId, event.time.milliseconds,
            event.time.adding(milliseconds: length).milliseconds, beat.visible, beat.page, offset,
        ])
        try prune(before: event.time, offset, in: db)
    }

    /// Leaving shortens the tab's lease to the grace; one that is older than the last beat does not. A tab that was
    /// never seen gets a lease that has ended, so that a beat from before its leaving, come late, does not revive it.
    static func fold(left event: Event, at offset: Int64, in db: Database) throws {
        let left = try event.payload(VisitLeft.self)
        try db.cachedStatement(
            sql: """
                INSERT INTO leases (dealership, conversation, tab, seen_at, expires_at, visible, page, "offset")
                VALUES (?1, ?2, ?3, ?4, ?4, 0, NULL, ?6)
                ON CONFLICT DO UPDATE SET seen_at = ?4, expires_at = min(leases.expires_at, ?4 + ?5), "offset" = ?6
                WHERE ?4 >= leases.seen_at OR ?4 < leases.seen_at - \(Limits.clockTolerance)
                """
        ).execute(arguments: [
            event.dealership, left.conversationId, left.tabId, event.time.milliseconds, Limits.leavingGrace, offset,
        ])
        try prune(before: event.time, offset, in: db)
    }

    /// By the event's time and not by a clock: a fold reads none.
    private static func prune(before time: Timestamp, _ offset: Int64, in db: Database) throws {
        try db.cachedStatement(sql: #"DELETE FROM leases WHERE expires_at < ? AND "offset" < ?"#)
            .execute(arguments: [time.milliseconds - Limits.leaseKept, offset - Limits.leaseKeptRecords])
    }

    static func all(of visit: Visit, in db: Database) throws -> [Lease] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT seen_at, expires_at, visible, page FROM leases WHERE dealership = ? AND conversation = ?
                ORDER BY seen_at, tab
                """)
        return try Row.fetchAll(statement, arguments: [visit.dealership, visit.conversation]).map {
            Lease(
                seenAt: Timestamp(milliseconds: $0["seen_at"]), expiresAt: Timestamp(milliseconds: $0["expires_at"]),
                visible: $0["visible"], page: $0["page"])
        }
    }
}
