import Contracts
import GRDB
import Shards

/// Who is on the website: folds the beats of visitors' tabs into leases, owes an announcement where the leases say
/// something else than the log does. Nothing here is canonical: all of it is passing.
struct PresenceLogic: ShardLogic {
    let service = "presence"
    let schemaVersion = 2
    let lead = Feed.fromStart(.activity)
    let follows = [Feed.fromStart(.presence)]
    let canonicalTables: [String] = []

    func createTables(_ db: Database) throws {
        try db.execute(sql: Lease.table + Announcement.table)
    }

    func forget(_ topic: Topic, in db: Database) throws {
        switch topic {
        case .activity: try db.execute(sql: "DELETE FROM leases")
        case .presence: try db.execute(sql: "DELETE FROM announced")
        default: break
        }
    }

    func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {
        switch (coordinates.topic, event.type) {
        case (.activity, VisitBeat.type): try Lease.fold(beat: event, at: coordinates.offset, in: db)
        case (.activity, VisitLeft.type): try Lease.fold(left: event, at: coordinates.offset, in: db)
        case (.presence, PresenceChanged.type): try Announcement.fold(event, at: coordinates.offset, in: db)
        default: throw UnknownEventType()
        }
    }

    func owed(_ ledger: Ledger, now: Timestamp) throws {
        for visit in try Visit.candidates(at: now, in: ledger.db) where !ledger.isFull {
            let leases = try Lease.all(of: visit, in: ledger.db)
            let announced = try Announcement.find(visit, in: ledger.db)
            guard let due = PresenceDecision(leases: leases, announced: announced).owed(at: now) else { continue }
            let event = due.event(for: visit)
            try ledger.owe(.presence, id: event.id) { event }
        }
    }
}
