import Contracts
import GRDB

/// Claims, results and reports of texts, and the ledger of consent.
///
/// `changed <` the record's offset: what has been folded already does nothing when it comes again.
extension Threads {
    func status(_ status: MessageStatus, _ event: Event, _ offset: Int64, _ db: Database) throws -> Outcome {
        guard let place = try self.offset(of: status.messageId, conversation: status.conversationId, in: db) else {
            _ = try unchanged(status.conversationId, event, db)
            throw MalformedEvent("unknown-message", "messageId is not a message of the conversation")
        }
        guard let text = try text(at: place, in: db) else {
            throw MalformedEvent("unknown-message", "messageId is no text to a customer")
        }
        guard text.dealership == event.dealership else { return try unchanged(status.conversationId, event, db) }
        guard text.changed < offset else { return .unchanged }
        switch (status.status, status.claim) {
        case (TextStatus.sending, let claim?):
            guard text.rank == 0 else { return .unchanged }
            try update(place, "claim = ?, claimed_at = ?, rank = 10", [claim, event.time.milliseconds], offset, db)
        case (TextStatus.released, let claim):
            guard let claim, text.claim == claim, text.rank == TextStatus.claimedRank else { return .unchanged }
            try update(place, "claim = NULL, claimed_at = NULL, rank = 0", [], offset, db)
        default:
            // Whatever it moves, since the words may have come in another order; but once: a repeat may come after START.
            let isOptOut = status.errorCode == Self.optedOut && text.errorCode != Self.optedOut
            if isOptOut { try set(.stopped, event.dealership, text.number, text.phone, offset, db) }
            guard let rank = TextStatus.rank(status.status), TextStatus.moves(text.rank, to: rank),
                Self.holds(status, of: text)
            else {
                let outcome = try noted(status, place, db)
                return isOptOut ? try touched(status.conversationId, offset, db) : outcome
            }
            try update(
                place, "rank = ?, provider_status = ?, sid = coalesce(sid, ?), error_code = ?, reason = ?",
                [rank, status.status, status.sid, status.errorCode, status.reason], offset, db)
        }
        return try touched(status.conversationId, offset, db)
    }

    /// Whether a word of our own is still about what it was said of: not if another claim, or any, came before it.
    private static func holds(_ status: MessageStatus, of text: OutgoingText) -> Bool {
        if let claim = status.claim { return text.claim == claim }
        return status.sid != nil || status.reason != TextStatus.Reason.expired || text.rank == 0
    }

    /// Twilio 21610: the phone has opted out of this number. https://www.twilio.com/docs/api/errors/21610
    static let optedOut: Int64 = 21610

    /// A report that moves nothing: late, repeated, or a word that we do not know. The id is kept all the same.
    private func noted(_ status: MessageStatus, _ place: Int64, _ db: Database) throws -> Outcome {
        let isUnknown = TextStatus.rank(status.status) == nil
        try db.cachedStatement(
            sql: """
                UPDATE texts SET sid = coalesce(sid, ?1), provider_status = coalesce(?2, provider_status),
                    error_code = coalesce(error_code, ?3)
                WHERE "offset" = ?4
                """
        ).execute(arguments: [status.sid, isUnknown ? status.status : nil, status.errorCode, place])
        return .unchanged
    }

    private func update(
        _ place: Int64, _ columns: String, _ values: StatementArguments, _ offset: Int64, _ db: Database
    ) throws {
        try db.cachedStatement(sql: "UPDATE texts SET \(columns), changed = ? WHERE \"offset\" = ?")
            .execute(arguments: values + [offset, place])
    }

    /// Marks the conversation as changed, for lists and streams.
    private func touched(_ conversation: String, _ offset: Int64, _ db: Database) throws -> Outcome {
        try db.cachedStatement(sql: "UPDATE conversations SET changed = max(changed, ?) WHERE id = ?")
            .execute(arguments: [offset, conversation])
        return .changed(conversation: conversation)
    }

    // MARK: Media

    func media(_ media: MessageMedia, _ event: Event, _ offset: Int64, _ db: Database) throws -> Outcome {
        guard let place = try self.offset(of: media.messageId, conversation: media.conversationId, in: db) else {
            _ = try unchanged(media.conversationId, event, db)
            throw MalformedEvent("unknown-message", "messageId is not a message of the conversation")
        }
        guard try dealership(of: media.conversationId, db) == event.dealership else {
            return try unchanged(media.conversationId, event, db)
        }
        try db.cachedStatement(
            sql: """
                UPDATE attachments SET state = ?, content_type = coalesce(?, content_type), bytes = ?, sha256 = ?,
                    reason = ?, changed = ?
                WHERE "offset" = ? AND idx = ? AND state = 'pending'
                """
        ).execute(arguments: [
            media.state.rawValue, media.contentType, media.bytes, media.sha256, media.reason, offset, place,
            media.index,
        ])
        guard db.changesCount > 0 else { return .unchanged }
        return try touched(media.conversationId, offset, db)
    }

    // MARK: Consent

    func consent(_ change: ConsentChanged, _ event: Event, _ offset: Int64, _ db: Database) throws -> Outcome {
        guard try dealership(of: change.conversationId, db) == event.dealership else {
            return try unchanged(change.conversationId, event, db)
        }
        try set(change.state, event.dealership, change.from, change.phone, offset, db)
        guard db.changesCount > 0 else { return .unchanged }
        return try touched(change.conversationId, offset, db)
    }

    /// What the ledger says of a phone; nil where nothing was ever said.
    public func consent(_ dealership: String, _ number: String, _ phone: String, _ db: Database) throws -> Consent? {
        try String.fetchOne(
            db.cachedStatement(
                sql: "SELECT state FROM consents WHERE dealership = ? AND number = ? AND phone = ?"),
            arguments: [dealership, number, phone]
        ).flatMap(Consent.init(rawValue:))
    }

    func set(
        _ state: Consent, _ dealership: String, _ number: String, _ phone: String, _ offset: Int64, _ db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO consents VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (dealership, number, phone) DO UPDATE SET state = excluded.state, changed = excluded.changed
                WHERE changed < excluded.changed
                """
        ).execute(arguments: [dealership, number, phone, state.rawValue, offset])
    }
}
