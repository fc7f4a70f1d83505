import Contracts
import GRDB
import ServiceKit

/// Which conversations a list shows.
enum ConversationFilter: String, CaseIterable, Sendable {
    case all, chat, live, unreplied, mine, closed

    /// `:now` and `:me` are bound. Status does not hide anything under All, Chat, Live and Mine.
    var condition: String {
        switch self {
        case .all: "TRUE"
        case .chat: "c.kind = 'chat'"
        case .live: "(p.state IN ('online', 'away') AND (p.until IS NULL OR p.until >= :now))"
        case .unreplied: "(c.awaiting_since IS NOT NULL AND c.status = 'open')"
        case .mine: "c.assigned_id = :me"
        case .closed: "c.status = 'closed'"
        }
    }
}

/// The Conversations Menu: a page of it, and how many there are under each filter.
struct ConversationList: Sendable {
    var dealership: String
    var filter = ConversationFilter.all
    /// Only the conversations whose clicks made this deal; who a conversation is with has its deal from them too.
    var deal: String?
    /// In the customer's name, phone, e-mail or any message: see `Search`.
    var search: String?
    /// Conversations whose last message stands before this offset.
    var before: Int64?
    var limit = Limits.conversations
    /// The member of staff who asks.
    var staff: String
    var now: Timestamp
    var terms = TextTerms()

    struct Answer: Encodable, Sendable {
        var items: [ConversationView]
        var next: String?
        /// Whatever is searched for.
        var counts: [String: Int]
    }

    func answer(_ db: Database) throws -> Answer {
        var items = try page(db)
        var next: String?
        if items.count > limit {
            items.removeLast(items.count - limit)
            next = items.last.map { String($0.lastMessage.offset) }
        }
        return Answer(items: items, next: next, counts: try counts(db))
    }

    /// One more than the limit, where there is one. The newest last message first.
    private func page(_ db: Database) throws -> [ConversationView] {
        let (sql, arguments) = query
        return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
            .map { try ConversationView(row: $0, now: now, terms, in: db) }
    }

    var query: (sql: String, arguments: StatementArguments) {
        var conditions = ["c.dealership = :dealership", filter.condition]
        var arguments: StatementArguments = ["dealership": dealership]
        if filter == .live { _ = arguments.append(contentsOf: ["now": now.milliseconds]) }
        if filter == .mine { _ = arguments.append(contentsOf: ["me": staff]) }
        if let deal {
            // `+`: found by their ids, not by going through the dealership's list.
            conditions[0] = "+c.dealership = :dealership"
            conditions.append(Self.dealCondition)
            _ = arguments.append(contentsOf: ["deal": deal])
        }
        if let before {
            conditions.append("c.last_message < :before")
            _ = arguments.append(contentsOf: ["before": before])
        }
        if let search {
            let found = Search(search).condition
            conditions.append(found.sql)
            _ = arguments.append(contentsOf: found.arguments)
        }
        _ = arguments.append(contentsOf: ["limit": limit + 1])
        let sql = """
            \(ConversationView.select)
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY c.last_message DESC LIMIT :limit
            """
        return (sql, arguments)
    }

    private func counts(_ db: Database) throws -> [String: Int] {
        let columns = ConversationFilter.allCases.map { "coalesce(sum(\($0.condition)), 0) AS \"\($0.rawValue)\"" }
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(columns.joined(separator: ", ")) FROM conversations c
                LEFT JOIN presence p ON p.dealership = c.dealership AND p.conversation = c.id
                WHERE c.dealership = :dealership
                """)
        let row = try Row.fetchOne(
            statement, arguments: ["dealership": dealership, "now": now.milliseconds, "me": staff])
        var counts: [String: Int] = [:]
        for filter in ConversationFilter.allCases { counts[filter.rawValue] = row?[filter.rawValue] ?? 0 }
        return counts
    }

    private static let dealCondition =
        "c.id IN (SELECT o.conversation FROM outcomes o WHERE o.deal = :deal AND +o.dealership = :dealership)"
}
