import Contracts
import GRDB

/// What the log says of a visit: the last `presence.changed`. Written by `presence`.
struct Announcement: Equatable {
    var state: PresenceState
    /// When what it says began, or was last seen to hold.
    var time: Timestamp
    /// `nil` for `offline`, which holds until it changes.
    var until: Timestamp?
    var page: String?

    /// The state that a reader shows.
    func state(at now: Timestamp) -> PresenceState {
        if let until, until <= now { return .unknown }
        return state
    }

    /// Two owners who see the same facts write the same bytes: id, time and body say nothing of who writes, or when.
    func event(for visit: Visit) -> Event {
        Event(
            PresenceChanged(conversationId: visit.conversation, state: state, until: until, page: page),
            id: "\(visit.conversation).\(state.rawValue).\(time.milliseconds)", dealership: visit.dealership,
            service: "presence", time: time, key: "\(visit.dealership)/\(visit.conversation)")
    }

    static let table = """
        CREATE TABLE IF NOT EXISTS announced (
            dealership TEXT NOT NULL, conversation TEXT NOT NULL, state TEXT NOT NULL, time INTEGER NOT NULL,
            until INTEGER, page TEXT, "offset" INTEGER NOT NULL,
            UNIQUE (dealership, conversation)
        );
        CREATE INDEX IF NOT EXISTS announced_present ON announced (dealership, conversation) WHERE state <> 'offline';
        CREATE INDEX IF NOT EXISTS announced_by_time ON announced (time);

        """

    /// The last record of a key counts, as for every reader of a compacted topic, whatever its time.
    static func fold(_ event: Event, at offset: Int64, in db: Database) throws {
        let change = try event.payload(PresenceChanged.self)
        try db.cachedStatement(
            sql: """
                INSERT INTO announced (dealership, conversation, state, time, until, page, "offset")
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET state = excluded.state, time = excluded.time, until = excluded.until,
                    page = excluded.page, "offset" = excluded."offset"
                """
        ).execute(arguments: [
            event.dealership, change.conversationId, change.state.rawValue, event.time.milliseconds,
            change.until?.milliseconds, change.page, offset,
        ])
        try db.cachedStatement(sql: #"DELETE FROM announced WHERE time < ? AND "offset" < ?"#).execute(arguments: [
            event.time.milliseconds - Limits.announcementKept, offset - Limits.leaseKeptRecords,
        ])
    }

    static func find(_ visit: Visit, in db: Database) throws -> Announcement? {
        let statement = try db.cachedStatement(
            sql: "SELECT state, time, until, page FROM announced WHERE dealership = ? AND conversation = ?")
        return try Row.fetchOne(statement, arguments: [visit.dealership, visit.conversation]).map {
            Announcement(
                state: PresenceState(rawValue: $0["state"]) ?? .unknown, time: Timestamp(milliseconds: $0["time"]),
                until: ($0["until"] as Int64?).map(Timestamp.init), page: $0["page"])
        }
    }
}
