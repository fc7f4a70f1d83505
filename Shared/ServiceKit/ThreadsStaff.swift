import Contracts
import GRDB

/// What staff do to a conversation beside answering it.
///
/// `changed <` the record's offset: what has been folded already does nothing when it comes again, also out of a later
/// state (closed, then opened by a message, then closed again by the old record).
extension Threads {
    /// The mark only moves forward: two members of staff who read at once cannot make a message unread again.
    func read(_ read: ConversationRead, _ event: Event, _ offset: Int64, _ db: Database) throws -> Outcome {
        guard let mark = try self.offset(of: read.messageId, conversation: read.conversationId, in: db) else {
            _ = try unchanged(read.conversationId, event, db)
            throw MalformedEvent("unknown-message", "messageId is not a message of the conversation")
        }
        try db.cachedStatement(
            sql: """
                UPDATE conversations SET read_to = ?1, changed = ?2, unread = (
                    SELECT count(*) FROM messages m
                    WHERE m.conversation = conversations.began AND m.side = 'customer' AND m."offset" > ?1)
                WHERE id = ?3 AND dealership = ?4 AND read_to < ?1 AND changed < ?2
                """
        ).execute(arguments: [mark, offset, read.conversationId, event.dealership])
        return try outcome(read.conversationId, event, db)
    }

    func assigned(
        _ assigned: ConversationAssigned, _ event: Event, _ offset: Int64, _ db: Database
    ) throws -> Outcome {
        try db.cachedStatement(
            sql: """
                UPDATE conversations SET assigned_id = ?1, assigned_name = ?2, changed = ?3
                WHERE id = ?4 AND dealership = ?5 AND assigned_id IS NOT ?1 AND changed < ?3
                """
        ).execute(arguments: [
            assigned.to?.id, assigned.to?.name, offset, assigned.conversationId, event.dealership,
        ])
        return try outcome(assigned.conversationId, event, db)
    }

    /// Ignored or closed: nobody waits for a reply.
    func set(
        _ status: String, _ conversation: String, _ event: Event, _ offset: Int64, _ db: Database
    ) throws -> Outcome {
        try db.cachedStatement(
            sql: """
                UPDATE conversations SET status = ?1, awaiting_since = NULL, changed = ?2
                WHERE id = ?3 AND dealership = ?4 AND status <> ?1 AND changed < ?2
                """
        ).execute(arguments: [status, offset, conversation, event.dealership])
        return try outcome(conversation, event, db)
    }

    /// Undoes ignoring or closing: whoever waited for a reply then waits again, since the same message.
    func reopened(
        _ reopened: ConversationReopened, _ event: Event, _ offset: Int64, _ db: Database
    ) throws -> Outcome {
        try db.cachedStatement(
            sql: """
                UPDATE conversations SET status = 'open', changed = ?1, awaiting_since = (
                    SELECT m.at FROM messages m
                    WHERE m.conversation = conversations.began AND m.side = 'customer' AND m."offset" > coalesce((
                        SELECT max(s."offset") FROM messages s
                        WHERE s.conversation = conversations.began AND s.side = 'staff'), -1)
                    ORDER BY m."offset" LIMIT 1)
                WHERE id = ?2 AND dealership = ?3 AND status <> 'open' AND changed < ?1
                """
        ).execute(arguments: [offset, reopened.conversationId, event.dealership])
        return try outcome(reopened.conversationId, event, db)
    }

    private func outcome(_ conversation: String, _ event: Event, _ db: Database) throws -> Outcome {
        guard db.changesCount > 0 else { return try unchanged(conversation, event, db) }
        return .changed(conversation: conversation)
    }
}
