import Contracts
import Foundation
import GRDB

/// A deal as `GET /v1/deals/{id}` shows it, with its customer as later clicks left them.
struct DealView: Codable, Equatable {
    struct Source: Codable, Equatable {
        var type: String
        var description: String
    }

    var id: String
    var conversationIds: [String]
    var customer: CustomerView
    var source: Source
    var createdAt: Timestamp
    var createdBy: Staff

    private init(_ row: Row) throws {
        let deal = try DealCreated(json: JSONView(Array(blob: row["body"])))
        id = deal.dealId
        conversationIds = TextList.split(row["conversations"])
        customer = CustomerView(row)
        source = Source(type: deal.source.type, description: deal.source.description)
        createdAt = deal.createdAt
        createdBy = deal.createdBy
    }

    private static let columns = """
        SELECT deals.body, deals.position AS deal_position, customers.id AS customer, customers.*,
            (SELECT group_concat(conversation, char(10)) FROM conversation_deals
                WHERE dealership = deals.dealership AND deal = deals.id) AS conversations
        FROM deals JOIN customers ON customers.dealership = deals.dealership AND customers.id = deals.customer

        """

    static func find(_ id: String, of dealership: String, in db: Database) throws -> DealView? {
        let statement = try db.cachedStatement(sql: columns + "WHERE deals.dealership = ? AND deals.id = ?")
        return try Row.fetchOne(statement, arguments: [dealership, id]).map(DealView.init)
    }

    /// What a list is asked for.
    struct Query: Sendable {
        var conversation: String?
        /// As `SearchText.asked` gives it: found in the customer's name, addresses and numbers, or the deal's id.
        var search: String?
        /// The position of the last deal of the page before.
        var before: Int64?
        var limit: Int
    }

    /// Newest first.
    ///
    /// - Returns: a page, and the position to go on from if there is more.
    static func list(_ query: Query, of dealership: String, in db: Database) throws -> ([DealView], next: Int64?) {
        let statement = try db.cachedStatement(
            sql: columns + """
                WHERE deals.dealership = :dealership AND deals.position < :before
                    AND (:conversation IS NULL OR EXISTS (SELECT 1 FROM conversation_deals
                        WHERE dealership = deals.dealership AND deal = deals.id AND conversation = :conversation))
                    AND (:search IS NULL OR instr(customers.search, :search) > 0 OR deals.id = :search)
                ORDER BY deals.position DESC LIMIT :limit
                """)
        let rows = try Row.fetchAll(
            statement,
            arguments: [
                "dealership": dealership, "before": query.before ?? .max, "conversation": query.conversation,
                "search": query.search, "limit": query.limit + 1,
            ])
        let page = rows.prefix(query.limit)
        return (try page.map(DealView.init), rows.count > query.limit ? page.last?["deal_position"] : nil)
    }
}
