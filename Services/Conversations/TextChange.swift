import Contracts
import GRDB
import ServiceKit

/// How far a text has come, or what became of what came with it, as a stream tells of it after the message itself.
struct TextChange: Encodable, Sendable {
    let messageId: String
    let conversationId: String
    let status: String
    let error: TextError?
    let media: [Attachment]?
    /// The offset of what changed it; not for clients.
    let changed: Int64

    private enum CodingKeys: String, CodingKey {
        case messageId, conversationId, status, error, media
    }

    private init(row: Row) throws {
        let message = try ThreadMessage(row: row)
        messageId = message.id
        conversationId = message.conversationId
        status = message.status
        error = message.error
        media = message.media
        changed = row["x_changed"]
    }

    /// What changed at `from` or later and before `to`, without the messages that came then: they tell it themselves.
    static func all(
        _ dealership: String, from: Int64, to: Int64, _ limit: Int, _ db: Database
    ) throws -> [TextChange] {
        let statement = try db.cachedStatement(sql: query)
        return try Row.fetchAll(statement, arguments: [from, to, from, to, dealership, limit])
            .map(TextChange.init(row:))
    }

    static let query = """
        SELECT \(ThreadMessage.columns), x.changed AS x_changed FROM (\(changes)) x
            CROSS JOIN messages m ON m."offset" = x."offset" CROSS JOIN conversations c ON c.began = m.conversation
        WHERE +c.dealership = ? ORDER BY x.changed LIMIT ?
        """

    private static let changes = """
        SELECT "offset", changed FROM texts WHERE changed >= ? AND changed < ? AND changed > "offset"
        UNION ALL SELECT "offset", changed FROM attachments WHERE changed >= ? AND changed < ? AND changed > "offset"
        """
}
