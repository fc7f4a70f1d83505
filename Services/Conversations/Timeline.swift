import Contracts
import GRDB
import ServiceKit

/// One entry of a conversation's timeline, with the id of the event that made it.
struct TimelineItem: Encodable, Sendable {
    var eventId: String
    var type: String
    var at: Timestamp
    var by: Staff?
    var message: ThreadMessage?
    /// Of an assignment.
    var to: Staff?
    /// Of a qualification.
    var customer: ConversationView.Named?
    var deal: ConversationView.Deal?
    /// Where it stands; not for clients.
    var place: TimelinePlace

    private enum CodingKeys: String, CodingKey {
        case eventId, type, at, by, message, to, customer, deal
    }
}

/// Where an entry stands: by `messages`, and among what happened between two of its records by `qualifications`.
///
/// A qualification carries how far `messages` had been folded at the click, the next offset: it stands before that
/// record. Times decide nothing.
struct TimelinePlace: Comparable, Sendable, CustomStringConvertible {
    var messages: Int64
    /// Nil for a record of `messages` itself.
    var qualifications: Int64?

    static func < (a: TimelinePlace, b: TimelinePlace) -> Bool {
        if a.messages != b.messages { return a.messages < b.messages }
        return a.qualifications ?? .max < b.qualifications ?? .max
    }

    /// As in `?cursor=`: `120` or `120.7`.
    var description: String {
        qualifications.map { "\(messages).\($0)" } ?? "\(messages)"
    }

    init(messages: Int64, qualifications: Int64? = nil) {
        self.messages = messages
        self.qualifications = qualifications
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0) }
        // Offsets only: nothing below 0 was ever given out, and arithmetic on the lowest number would end the process.
        guard (1...2).contains(parts.count), let messages = parts[0], messages >= 0 else { return nil }
        self.messages = messages
        if parts.count == 2 {
            guard let qualifications = parts[1], qualifications >= 0 else { return nil }
            self.qualifications = qualifications
        }
    }
}

enum Timeline {
    /// What comes after a place, in order.
    static func page(
        _ conversation: Conversation, after: TimelinePlace?, limit: Int, in db: Database
    ) throws -> Page<TimelineItem> {
        let place = after ?? TimelinePlace(messages: -1)
        let items =
            try messages(conversation, place, limit, db) + staffEvents(conversation, place, limit, db)
            + qualifications(conversation, place, limit, db)
        let sorted = items.sorted { $0.place < $1.place }
        guard sorted.count > limit else { return Page(sorted) }
        let page = Array(sorted.prefix(limit))
        return Page(page, next: page.last?.place.description)
    }

    /// Records of `messages` at the place itself come after its qualifications.
    private static func first(_ place: TimelinePlace) -> Int64 {
        place.qualifications == nil ? place.messages : place.messages - 1
    }

    private static func messages(
        _ conversation: Conversation, _ place: TimelinePlace, _ limit: Int, _ db: Database
    ) throws -> [TimelineItem] {
        try Threads().messages(of: conversation.id, after: first(place), limit: limit + 1, in: db).map {
            TimelineItem(
                eventId: $0.eventId, type: $0.sender == .customer ? MessageReceived.type : MessageSent.type, at: $0.at,
                by: $0.author, message: $0, place: TimelinePlace(messages: $0.offset))
        }
    }

    private static func staffEvents(
        _ conversation: Conversation, _ place: TimelinePlace, _ limit: Int, _ db: Database
    ) throws -> [TimelineItem] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT * FROM staff_events WHERE conversation = ? AND "offset" > ? ORDER BY "offset" LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: [conversation.id, first(place), limit + 1]).map { row in
            TimelineItem(
                eventId: row["event_id"], type: row["type"], at: Timestamp(milliseconds: row["at"]),
                by: Staff(id: row["by_id"], name: row["by_name"]),
                to: (row["to_id"] as String?).map { Staff(id: $0, name: row["to_name"] ?? "") },
                place: TimelinePlace(messages: row["offset"]))
        }
    }

    private static func qualifications(
        _ conversation: Conversation, _ place: TimelinePlace, _ limit: Int, _ db: Database
    ) throws -> [TimelineItem] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT * FROM outcomes
                WHERE conversation = ? AND dealership = ? AND type = ? AND (messages_offset, "offset") > (?, ?)
                ORDER BY messages_offset, "offset" LIMIT ?
                """)
        let arguments: StatementArguments = [
            conversation.id, conversation.dealership, ConversationQualified.type, place.messages,
            place.qualifications ?? .max, limit + 1,
        ]
        return try Row.fetchAll(statement, arguments: arguments).map { row in
            TimelineItem(
                eventId: row["event_id"], type: row["type"], at: Timestamp(milliseconds: row["at"]),
                by: Staff(id: row["by_id"], name: row["by_name"]),
                customer: .init(id: row["customer"], name: row["customer_name"]),
                deal: (row["deal"] as String?).map(ConversationView.Deal.init(id:)),
                place: TimelinePlace(messages: row["messages_offset"], qualifications: row["offset"]))
        }
    }
}
