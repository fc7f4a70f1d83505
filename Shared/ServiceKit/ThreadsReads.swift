import Contracts
import GRDB

/// What both services ask of the tables.
extension Threads {
    /// - Returns: `nil` if the conversation is unknown or another dealership's: callers answer both alike.
    public func conversation(_ id: String, dealership: String, in db: Database) throws -> Conversation? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT began, id, dealership, channel, kind, status, began_at, visitor, customer_number,
                    dealership_number, contact_phone, messages, last_message, read_to, assigned_id, changed
                FROM conversations WHERE id = ? AND dealership = ?
                """)
        return try Row.fetchOne(statement, arguments: [id, dealership]).map(Conversation.init(row:))
    }

    public func message(
        _ clientMessageId: String, from side: Side, conversation: String, in db: Database
    ) throws -> ThreadMessage? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(ThreadMessage.columns) FROM conversations c JOIN messages m ON m.conversation = c.began
                WHERE c.id = ? AND m.side = ? AND m.client_id = ?
                """)
        return try Row.fetchOne(statement, arguments: [conversation, side.rawValue, clientMessageId])
            .map(ThreadMessage.init(row:))
    }

    /// A conversation's messages after an offset (-1: all), in the order of the topic.
    public func messages(
        of conversation: String, after offset: Int64, limit: Int, in db: Database
    ) throws -> [ThreadMessage] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(ThreadMessage.columns) FROM conversations c JOIN messages m ON m.conversation = c.began
                WHERE c.id = ? AND m."offset" > ? ORDER BY m."offset" LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: [conversation, offset, limit]).map(ThreadMessage.init(row:))
    }

    /// A dealership's messages with `after` < offset <= `upTo`, in the order of the topic.
    public func messages(
        ofDealership dealership: String, after: Int64, upTo: Int64, limit: Int, in db: Database
    ) throws -> [ThreadMessage] {
        // CROSS JOIN keeps SQLite from beginning at the conversations: what is new is short, they are not.
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(ThreadMessage.columns) FROM messages m CROSS JOIN conversations c ON c.began = m.conversation
                WHERE m."offset" > ? AND m."offset" <= ? AND c.dealership = ? ORDER BY m."offset" LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: [after, upTo, dealership, limit])
            .map(ThreadMessage.init(row:))
    }

    /// Where a message of this conversation stands in the topic.
    public func offset(of messageId: String, conversation: String, in db: Database) throws -> Int64? {
        for side in [Side.customer, .staff] {
            let prefix = side.messageId(conversation: conversation, clientMessageId: "")
            guard messageId.hasPrefix(prefix) else { continue }
            let client = String(messageId.dropFirst(prefix.count))
            return try Int64.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT m."offset" FROM conversations c JOIN messages m ON m.conversation = c.began
                        WHERE c.id = ? AND m.side = ? AND m.client_id = ?
                        """),
                arguments: [conversation, side.rawValue, client])
        }
        return nil
    }
}
