import Contracts
import Foundation
import GRDB
import Shards

/// What is owed to other systems: `deal.created` for each deal that `deal-created` lacks.
enum Announcements {
    static func owe(_ ledger: Ledger) throws {
        let statement = try ledger.db.cachedStatement(
            sql: """
                SELECT unannounced.dealership, unannounced.deal, deals.body, deals.correlation_id, deals.causation_id,
                    deals.traceparent
                FROM unannounced
                JOIN deals ON deals.dealership = unannounced.dealership AND deals.id = unannounced.deal
                ORDER BY unannounced.position LIMIT ?
                """)
        for row in try Row.fetchAll(statement, arguments: [Limits.owedRecords]) {
            let dealership: String = row["dealership"]
            let deal: String = row["deal"]
            let body: Data = row["body"]
            try ledger.owe(.dealCreated, id: "\(deal).created") {
                try event(announcing: Array(blob: body), of: dealership, Correlation(row))
            }
        }
    }

    /// The fact as the outcome stated it, and nothing else.
    static func event(
        announcing body: [UInt8], of dealership: String, _ correlation: Correlation = .none
    ) throws -> Event {
        let deal = try DealCreated(json: JSONView(body))
        return Event(
            id: "\(deal.dealId).created", type: DealCreated.type, dealership: dealership, service: "qualification",
            subject: deal.subject, time: deal.createdAt, data: body, correlation: correlation)
    }
}
