import Contracts
import GRDB
import Shards

/// `deal-created`: which deals other systems have been told.
enum DealCreatedFold {
    static func fold(_ event: Event, in db: Database) throws {
        guard event.type == DealCreated.type else { throw UnknownEventType() }
        let deal = try event.payload(DealCreated.self)
        guard deal.dealershipId == event.dealership else {
            throw MalformedEvent("invalid-field", "dealershipId is not the event's dealership")
        }
        try db.cachedStatement(sql: "INSERT INTO announced VALUES (?, ?) ON CONFLICT DO NOTHING")
            .execute(arguments: [event.dealership, deal.dealId])
    }
}
