import Contracts
import GRDB

/// A text to a customer as the tables of `Threads` have it.
public struct OutgoingText: Sendable, Equatable {
    /// Its message's offset.
    public let offset: Int64
    public let dealership: String
    /// The dealership's number.
    public let number: String
    /// The customer's.
    public let phone: String
    /// When staff sent it.
    public let at: Timestamp
    public let asksConsent: Bool
    public let rank: Int64
    /// Who hands it to the provider.
    public let claim: String?
    public let claimedAt: Timestamp?
    public let sid: String?
    public let errorCode: Int64?
    public let reason: String?
    /// The offset of what last changed it.
    public let changed: Int64
    public let conversationId: String
    public let messageId: String
    public let text: String

    static let select = """
        SELECT t."offset", t.dealership, t.number, t.phone, t.at, t.asks_consent, t.rank, t.claim, t.claimed_at, t.sid,
            t.error_code, t.reason, t.changed, c.id, m.client_id, m.text
        FROM texts t JOIN messages m ON m."offset" = t."offset" JOIN conversations c ON c.began = m.conversation
        """

    init(row: Row) {
        offset = row[0]
        dealership = row[1]
        number = row[2]
        phone = row[3]
        at = Timestamp(milliseconds: row[4])
        asksConsent = row[5]
        rank = row[6]
        claim = row[7]
        claimedAt = (row[8] as Int64?).map(Timestamp.init(milliseconds:))
        sid = row[9]
        errorCode = row[10]
        reason = row[11]
        changed = row[12]
        conversationId = row[13]
        messageId = Side.staff.messageId(conversation: conversationId, clientMessageId: row[14])
        text = row[15]
    }
}

extension Threads {
    public func text(at offset: Int64, in db: Database) throws -> OutgoingText? {
        let statement = try db.cachedStatement(sql: "\(OutgoingText.select) WHERE t.\"offset\" = ?")
        return try Row.fetchOne(statement, arguments: [offset]).map(OutgoingText.init(row:))
    }

    /// Texts that nobody has claimed and before which nothing of the same two numbers waits: a phone gets what was
    /// written to it one by one, in the order of the topic.
    public func sendableTexts(limit: Int, in db: Database) throws -> [OutgoingText] {
        let statement = try db.cachedStatement(
            sql: """
                \(OutgoingText.select)
                WHERE t."offset" IN (SELECT min("offset") FROM texts WHERE rank < 15 GROUP BY dealership, number, phone)
                    AND t.rank = 0
                ORDER BY t."offset" LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: [limit]).map(OutgoingText.init(row:))
    }

    /// Texts claimed before a moment of which no result is known.
    public func abandonedTexts(claimedBefore time: Timestamp, limit: Int, in db: Database) throws -> [OutgoingText] {
        let statement = try db.cachedStatement(
            sql: """
                \(OutgoingText.select) WHERE t.rank < 15 AND t.rank = 10 AND t.claimed_at < ?
                ORDER BY t."offset" LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: [time.milliseconds, limit]).map(OutgoingText.init(row:))
    }

    /// Texts that staff wrote before a moment and that nobody has claimed.
    public func overdueTexts(writtenBefore time: Timestamp, limit: Int, in db: Database) throws -> [OutgoingText] {
        let statement = try db.cachedStatement(
            sql: """
                \(OutgoingText.select) WHERE t.rank < 15 AND t.rank = 0 AND t.at < ? ORDER BY t."offset" LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: [time.milliseconds, limit]).map(OutgoingText.init(row:))
    }

    /// How many texts stand at each rank below `delivered`, for operators.
    public func textCounts(in db: Database) throws -> (waiting: Int, claimed: Int, unconfirmed: Int) {
        let open = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT rank, count(*) FROM texts WHERE rank < 15 GROUP BY rank"))
        let counts = Dictionary(open.map { ($0[0] as Int64, $0[1] as Int) }, uniquingKeysWith: +)
        let unconfirmed = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM texts WHERE rank = 15"))
        return (counts[0] ?? 0, counts[TextStatus.claimedRank] ?? 0, unconfirmed ?? 0)
    }

    /// Files of texts that nobody has fetched yet.
    public func pendingMedia(limit: Int, in db: Database) throws -> [PendingMedia] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT c.dealership, c.id, m.client_id, a.idx, a.url FROM attachments a
                    JOIN messages m ON m."offset" = a."offset" JOIN conversations c ON c.began = m.conversation
                WHERE a.state = 'pending' ORDER BY a."offset", a.idx LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: [limit]).map(PendingMedia.init(row:))
    }
}

/// A file of a text that is still to be fetched.
public struct PendingMedia: Sendable, Equatable {
    public let dealership: String
    public let conversationId: String
    public let messageId: String
    public let index: Int64
    public let url: String

    init(row: Row) {
        dealership = row[0]
        conversationId = row[1]
        messageId = Side.customer.messageId(conversation: conversationId, clientMessageId: row[2])
        index = row[3]
        url = row[4]
    }
}
