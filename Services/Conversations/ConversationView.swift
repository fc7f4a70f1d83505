import Contracts
import GRDB
import ServiceKit

/// A conversation as staff see it: what the tables of three topics say, joined in one read.
struct ConversationView: Encodable, Sendable, Equatable {
    struct Named: Encodable, Sendable, Equatable {
        var id: String
        var name: String
    }

    struct Deal: Encodable, Sendable, Equatable {
        var id: String
    }

    struct Presence: Encodable, Sendable, Equatable {
        var state: PresenceState
        var until: Timestamp?
        var page: String?
    }

    let id: String
    let channel: String
    let kind: String
    let status: String
    let customer: Named?
    let deal: Deal?
    /// By text only: the customer's number.
    let phone: String?
    /// What staff called a customer of whom nothing else is known, when they texted first.
    let name: String?
    /// Where the customer can be texted.
    let texting: TextLine?
    let lastMessage: ThreadMessage
    let unread: Int64
    let awaitingReplySince: Timestamp?
    let assignedTo: Named?
    let presence: Presence
    let beganAt: Timestamp

    /// Everything that the initialiser reads; whom staff texted first, by the name that they have by now. CROSS JOIN: the conversations are found first, by whatever index.
    static let select = """
        SELECT \(ThreadMessage.columns),
            c.channel AS c_channel, c.kind AS c_kind, c.status AS c_status, c.customer_number, c.unread,
            c.awaiting_since, c.assigned_id, c.assigned_name, c.began_at, c.dealership AS c_dealership,
            c.dealership_number, c.contact_phone, c.begun_customer, c.begun_name, c.begun_deal,
            CASE WHEN c.begun_customer IS NOT NULL AND k.customer IS NULL THEN (
                SELECT x.name FROM contacts x WHERE x.dealership = c.dealership AND x.customer = c.begun_customer
                ORDER BY x.changed DESC LIMIT 1) END AS x_name,
            k.customer AS k_customer, k.name AS k_name, k.deal AS k_deal,
            p.state AS p_state, p.until AS p_until, p.page AS p_page
        FROM conversations c CROSS JOIN messages m ON m."offset" = c.last_message
            LEFT JOIN contacts k ON k.dealership = c.dealership AND k.conversation = c.id
            LEFT JOIN presence p ON p.dealership = c.dealership AND p.conversation = c.id
        """

    /// - Parameter now: for whether what presence said still holds.
    init(row: Row, now: Timestamp, _ terms: TextTerms, in db: Database) throws {
        lastMessage = try ThreadMessage(row: row)
        id = lastMessage.conversationId
        channel = row["c_channel"]
        kind = row["c_kind"]
        status = row["c_status"]
        phone = row["customer_number"]
        unread = row["unread"]
        awaitingReplySince = (row["awaiting_since"] as Int64?).map(Timestamp.init(milliseconds:))
        assignedTo = (row["assigned_id"] as String?).map { Named(id: $0, name: row["assigned_name"] ?? "") }
        beganAt = Timestamp(milliseconds: row["began_at"])
        let begun: (customer: String?, name: String?, deal: String?) = (
            row["begun_customer"], row["x_name"] ?? row["begun_name"], row["begun_deal"]
        )
        if let qualified: String = row["k_customer"] {
            customer = Named(id: qualified, name: row["k_name"] ?? "")
        } else {
            customer = begun.customer.map { Named(id: $0, name: begun.name ?? "") }
        }
        name = customer == nil ? begun.name : nil
        deal = (row["k_deal"] ?? begun.deal).map(Deal.init(id:))
        texting = try TextLine(
            dealership: row["c_dealership"], number: row["dealership_number"],
            phone: row["customer_number"] ?? row["contact_phone"], terms, in: db)
        let until = (row["p_until"] as Int64?).map(Timestamp.init(milliseconds:))
        let state = (row["p_state"] as String?).flatMap(PresenceState.init(rawValue:)) ?? .unknown
        if state == .unknown || until.map({ $0 < now }) == true {
            presence = Presence(state: .unknown)
        } else {
            presence = Presence(state: state, until: until, page: row["p_page"])
        }
    }

    /// - Returns: `nil` if the conversation is unknown or another dealership's.
    static func one(
        _ id: String, dealership: String, now: Timestamp, _ terms: TextTerms = TextTerms(), in db: Database
    ) throws -> ConversationView? {
        let statement = try db.cachedStatement(sql: select + " WHERE c.id = ? AND c.dealership = ?")
        return try Row.fetchOne(statement, arguments: [id, dealership]).map {
            try ConversationView(row: $0, now: now, terms, in: db)
        }
    }
}
