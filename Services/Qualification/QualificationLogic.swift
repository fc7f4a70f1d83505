import Contracts
import GRDB
import Shards

/// Customers and deals: folds the clicks on Qualify and their outcomes, owes an outcome to each click and an
/// announcement to each deal.
struct QualificationLogic: ShardLogic {
    let service = "qualification"
    let schemaVersion = 3
    let lead = Feed.kept(.qualifications)
    let follows = [Feed.kept(.messages), Feed.kept(.dealCreated)]
    let canonicalTables = Schema.canonicalTables
    let holdAbove: (topic: Topic, records: Int)? = (.dealCreated, Limits.heldDeals)

    func conversation(of table: String) -> String? { Schema.conversation(of: table) }

    func createTables(_ db: Database) throws {
        try Schema.create(db)
    }

    /// Every topic here is kept: there is nothing to fold anew.
    func forget(_ topic: Topic, in db: Database) throws {}

    func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {
        switch coordinates.topic {
        case .messages: try MessagesFold.fold(event, at: coordinates.offset, in: db)
        case .qualifications: try QualificationsFold.fold(event, at: coordinates.offset, in: db)
        case .dealCreated: try DealCreatedFold.fold(event, in: db)
        default: throw UnknownEventType()
        }
    }

    /// Announcements first: they see only what has been folded from the log, so that no deal is announced to other
    /// systems before its fact is in `qualifications`.
    func owed(_ ledger: Ledger, now: Timestamp) throws {
        try Announcements.owe(ledger)
        try Outcomes.owe(ledger)
    }
}
