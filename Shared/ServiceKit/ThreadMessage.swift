import Contracts
import GRDB

/// One message as the tables of `Threads` have it. Encoded it is the API's message, for staff and for customers.
public struct ThreadMessage: Sendable, Equatable, Encodable {
    /// Its place in `messages`: for cursors, never shown.
    public let offset: Int64
    public let id: String
    public let conversationId: String
    /// 1, 2, 3 … within the conversation, without a gap; for display and checks only.
    public let seq: Int64
    public let sender: Side
    /// Staff only.
    public let author: Staff?
    public let text: String
    public let channel: Channel
    /// `received` from a customer; by staff `sent`, or how far the text has come: `sending`, `sent`, `delivered`,
    /// `read`, `failed`, `unconfirmed`.
    public let status: String
    /// Why a text failed.
    public let error: TextError?
    /// What came with a text.
    public let media: [Attachment]?
    /// `opt-out-request`: a text whose words may ask for an end of texts.
    public let flag: String?
    public let at: Timestamp
    /// The `ce_id` of the event that made it.
    public let eventId: String

    private enum CodingKeys: String, CodingKey {
        case id, conversationId, seq, sender, author, text, channel, status, error, media, flag, at
    }

    /// The columns that `init(row:)` reads, of `messages m JOIN conversations c`; they must come first.
    public static let columns = """
        m."offset", c.id, m.seq, m.side, m.client_id, m.event_id, m.channel, m.text, m.at, m.author_id, m.author_name,
        CASE WHEN m.channel = 'sms' THEN CASE m.side WHEN 'staff' THEN \(TextProgress.column) ELSE \(Attachment.column) END END
        """

    /// - Throws: SQLite's error for a corrupt row.
    public init(row: Row) throws {
        offset = row[0]
        conversationId = row[1]
        seq = row[2]
        guard let side = Side(rawValue: row[3]), let channel = Channel(rawValue: row[6]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a message of no known side or channel")
        }
        sender = side
        let clientMessageId: String = row[4]
        id = side.messageId(conversation: conversationId, clientMessageId: clientMessageId)
        eventId = row[5] ?? id
        self.channel = channel
        text = row[7]
        at = Timestamp(milliseconds: row[8])
        let isText = channel == .sms
        let progress = isText && side == .staff ? try TextProgress(json: row[11]) : nil
        status = side == .customer ? "received" : progress?.status ?? "sent"
        error = progress?.error
        media = isText && side == .customer ? try Attachment.list(json: row[11]) : nil
        flag = isText && side == .customer && OptOutRequest.isOne(text) ? "opt-out-request" : nil
        if let author: String = row[9] { self.author = Staff(id: author, name: row[10] ?? "") } else { author = nil }
    }
}
