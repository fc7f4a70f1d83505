import Contracts
import GRDB

/// What a click needs to know of its conversation.
struct ConversationFacts: Equatable {
    var channel: Channel
    var firstMessageAt: Timestamp

    /// `nil` for a conversation that is not folded here yet, does not exist, or is another dealership's.
    static func find(_ id: String, of dealership: String, in db: Database) throws -> ConversationFacts? {
        let statement = try db.cachedStatement(
            sql: "SELECT channel, first_message_at FROM conversations WHERE dealership = ? AND id = ?")
        return try Row.fetchOne(statement, arguments: [dealership, id]).flatMap { row in
            Channel(rawValue: row["channel"]).map {
                ConversationFacts(channel: $0, firstMessageAt: Timestamp(milliseconds: row["first_message_at"]))
            }
        }
    }
}
