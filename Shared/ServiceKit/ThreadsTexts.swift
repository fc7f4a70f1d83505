import Contracts
import GRDB

/// Texts from and to customers, on top of what every message does.
extension Threads {
    /// A text goes to the conversation from which staff texted this phone last, else to that of the two numbers.
    func receivedText(
        _ message: MessageReceived, _ event: Event, _ offset: Int64, _ db: Database
    ) throws -> Outcome {
        guard let number = message.to, let phone = message.from else { return try began(message, event, offset, db) }
        var message = message
        message.conversationId =
            try textRoute(event.dealership, number, phone, db) ?? message.conversationId
        // A foreign conversation is refused before anything is written.
        let known = try dealership(of: message.conversationId, db)
        guard known == nil || known == event.dealership else { return try unchanged(message.conversationId, event, db) }
        try db.cachedStatement(sql: "INSERT INTO texts_received VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .execute(arguments: [event.dealership, message.clientMessageId, offset])
        guard db.changesCount > 0 else { return .unchanged }

        let keyword = ConsentKeyword(message.text)
        let before = try consent(event.dealership, number, phone, db)
        if let after = keyword?.next(after: before) { try set(after, event.dealership, number, phone, offset, db) }
        guard keyword == .stop else { return try attached(message, began(message, event, offset, db), offset, db) }
        // An opt-out is no opportunity: it opens nothing, and nobody has to answer it.
        guard known != nil else { return .unchanged }
        return try noted(message, event, offset, db)
    }

    /// In the thread, but neither unread nor waiting for a reply; what is closed stays closed.
    private func noted(
        _ message: MessageReceived, _ event: Event, _ offset: Int64, _ db: Database
    ) throws -> Outcome {
        try db.cachedStatement(
            sql: """
                INSERT INTO messages ("offset", conversation, seq, side, client_id, event_id, channel, text, at)
                SELECT ?, c.began, c.messages + 1, 'customer', ?, ?, ?, ?, ? FROM conversations c WHERE c.id = ?
                ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            offset, message.clientMessageId, eventId(event, message.messageId), message.channel.rawValue,
            message.text, event.time.milliseconds, message.conversationId,
        ])
        guard db.changesCount > 0 else { return .unchanged }
        try db.cachedStatement(
            sql: "UPDATE conversations SET messages = messages + 1, last_message = ?1, changed = ?1 WHERE id = ?2"
        ).execute(arguments: [offset, message.conversationId])
        return .changed(conversation: message.conversationId)
    }

    private func attached(
        _ message: MessageReceived, _ outcome: Outcome, _ offset: Int64, _ db: Database
    ) throws -> Outcome {
        guard case .changed = outcome else { return outcome }
        for (index, one) in (message.media ?? []).enumerated() {
            try db.cachedStatement(
                sql: """
                    INSERT INTO attachments ("offset", idx, url, content_type, state, changed)
                    VALUES (?, ?, ?, ?, 'pending', ?) ON CONFLICT DO NOTHING
                    """
            ).execute(arguments: [offset, index, one.url, one.contentType, offset])
        }
        return outcome
    }

    /// Staff text first: the conversation begins here, if it has not yet; the message itself follows as any reply.
    func beginByText(_ message: MessageSent, _ event: Event, _ offset: Int64, _ db: Database) throws {
        guard message.channel == .sms, let start = message.begins, let number = message.from, let phone = message.to
        else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO conversations (began, id, dealership, channel, kind, status, began_at, customer_number,
                    dealership_number, messages, last_message, unread, begun_customer, begun_name, begun_deal, changed)
                VALUES (?, ?, ?, 'sms', 'text', 'open', ?, ?, ?, 0, ?, 0, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            offset, message.conversationId, event.dealership, event.time.milliseconds, phone, number, offset,
            start.customerId, start.name, start.dealId, offset,
        ])
    }

    /// What a text to a customer leaves beside its message.
    func sentText(_ message: MessageSent, _ event: Event, _ offset: Int64, _ db: Database) throws {
        guard message.channel == .sms, let number = message.from, let phone = message.to else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO texts ("offset", dealership, number, phone, at, asks_consent, rank, changed)
                VALUES (?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            offset, event.dealership, number, phone, event.time.milliseconds, message.asksConsent ?? false, offset,
        ])
        try db.cachedStatement(
            sql: """
                INSERT INTO text_routes VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (dealership, number, phone) DO UPDATE SET
                    conversation = excluded.conversation, changed = excluded.changed
                WHERE changed < excluded.changed
                """
        ).execute(arguments: [event.dealership, number, phone, message.conversationId, offset])
        guard message.asksConsent == true else { return }
        switch try consent(event.dealership, number, phone, db) {
        case nil: try set(.asked, event.dealership, number, phone, offset, db)
        case .asked where try questionStands(event.dealership, number, phone, before: offset, db):
            // Two staff at once: the first question is the one that goes.
            try db.cachedStatement(sql: "UPDATE texts SET rank = ?, reason = ? WHERE \"offset\" = ?")
                .execute(arguments: [TextStatus.terminalRank, TextStatus.Reason.consentPending, offset])
        // Who has said yes is not asked out of it; who has said no or stop is asked nothing, which the sender sees to.
        default: break
        }
    }

    /// Whether a question to a phone is on its way or there, and the customer has written nothing since.
    public func questionStands(
        _ dealership: String, _ number: String, _ phone: String, before offset: Int64 = .max, _ db: Database
    ) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT t.rank NOT IN (15, 100) AND NOT EXISTS (
                            SELECT 1 FROM messages m JOIN messages q ON q.conversation = m.conversation
                            WHERE q."offset" = t."offset" AND m.side = 'customer' AND m.channel = 'sms'
                                AND m."offset" > t."offset")
                    FROM texts t
                    WHERE t.dealership = ? AND t.number = ? AND t.phone = ? AND t.asks_consent AND t."offset" < ?
                    ORDER BY t."offset" DESC LIMIT 1
                    """),
            arguments: [dealership, number, phone, offset]) ?? false
    }

    /// From which conversation staff texted a phone last.
    public func textRoute(
        _ dealership: String, _ number: String, _ phone: String, _ db: Database
    ) throws -> String? {
        try String.fetchOne(
            db.cachedStatement(
                sql: "SELECT conversation FROM text_routes WHERE dealership = ? AND number = ? AND phone = ?"),
            arguments: [dealership, number, phone])
    }

    func dealership(of conversation: String, _ db: Database) throws -> String? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT dealership FROM conversations WHERE id = ?"), arguments: [conversation])
    }
}
