import Contracts
import GRDB

/// Messages: two statements each, since they are nearly all that a shard folds.
extension Threads {
    /// Begins a conversation or goes on with it; opens it again whatever its status was.
    func received(
        _ message: MessageReceived, _ event: Event, _ offset: Int64, _ db: Database
    ) throws -> Outcome {
        guard message.channel == .sms else { return try began(message, event, offset, db) }
        return try receivedText(message, event, offset, db)
    }

    func began(
        _ message: MessageReceived, _ event: Event, _ offset: Int64, _ db: Database
    ) throws -> Outcome {
        // No row comes of a foreign conversation (WHERE) or of a repeat (ON CONFLICT).
        try db.cachedStatement(
            sql: """
                INSERT INTO messages ("offset", conversation, seq, side, client_id, event_id, channel, text, at)
                SELECT ?, coalesce(c.began, ?), coalesce(c.messages, 0) + 1, 'customer', ?, ?, ?, ?, ?
                FROM (SELECT 1) LEFT JOIN conversations c ON c.id = ?
                WHERE c.id IS NULL OR c.dealership = ?
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            offset, offset, message.clientMessageId, eventId(event, message.messageId), message.channel.rawValue,
            message.text, event.time.milliseconds, message.conversationId, event.dealership,
        ])
        guard db.changesCount > 0 else { return try unchanged(message.conversationId, event, db) }
        try db.cachedStatement(
            sql: """
                INSERT INTO conversations (began, id, dealership, channel, kind, status, began_at, visitor,
                    customer_number, dealership_number, messages, last_message, unread, awaiting_since, changed)
                VALUES (?, ?, ?, ?, 'chat', 'open', ?, ?, ?, ?, 1, ?, 1, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    status = 'open', messages = messages + 1, last_message = excluded.last_message, unread = unread + 1,
                    awaiting_since = coalesce(awaiting_since, excluded.awaiting_since), changed = excluded.changed
                """
        ).execute(arguments: [
            offset, message.conversationId, event.dealership, message.channel.rawValue, event.time.milliseconds,
            message.visitorId, message.from, message.to, offset, event.time.milliseconds, offset,
        ])
        // The last form counts: without the tick, nobody is texted from here any more.
        if let contact = message.contact, let phone = contact.phone {
            try db.cachedStatement(sql: "UPDATE conversations SET contact_phone = ? WHERE id = ?")
                .execute(arguments: [contact.mayText ? phone : nil, message.conversationId])
        }
        return .changed(conversation: message.conversationId)
    }

    /// A reply: the customer waits no longer. The status stays, so that a last word does not open what is closed.
    func sent(_ message: MessageSent, _ event: Event, _ offset: Int64, _ db: Database) throws -> Outcome {
        try beginByText(message, event, offset, db)
        try db.cachedStatement(
            sql: """
                INSERT INTO messages ("offset", conversation, seq, side, client_id, event_id, channel, text, at,
                    author_id, author_name)
                SELECT ?, c.began, c.messages + 1, 'staff', ?, ?, ?, ?, ?, ?, ?
                FROM conversations c WHERE c.id = ? AND c.dealership = ?
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            offset, message.clientMessageId, eventId(event, message.messageId), message.channel.rawValue,
            message.text, event.time.milliseconds, message.author.id, message.author.name, message.conversationId,
            event.dealership,
        ])
        guard db.changesCount > 0 else { return try unchanged(message.conversationId, event, db) }
        try db.cachedStatement(
            sql: """
                UPDATE conversations SET messages = messages + 1, last_message = ?, awaiting_since = NULL, changed = ?
                WHERE id = ?
                """
        ).execute(arguments: [offset, offset, message.conversationId])
        try sentText(message, event, offset, db)
        return .changed(conversation: message.conversationId)
    }

    /// Nothing where it is the message's id, as our own services write it: half the text of a row saved.
    func eventId(_ event: Event, _ messageId: String) -> String? {
        event.id == messageId ? nil : event.id
    }
}
