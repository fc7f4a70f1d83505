import Contracts
import GRDB
import Shards

/// `messages`: which conversations there are, and when each began.
enum MessagesFold {
    static func fold(_ event: Event, at offset: Int64, in db: Database) throws {
        switch event.type {
        case MessageReceived.type: try received(event, at: offset, in: db)
        case MessageSent.type, MessageStatus.type, MessageMedia.type, ConsentChanged.type, ConversationRead.type,
            ConversationAssigned.type,
            ConversationIgnored.type, ConversationClosed.type, ConversationReopened.type:
            // What happens later in a conversation is nothing that a deal depends on.
            break
        default: throw UnknownEventType()
        }
    }

    private static func received(_ event: Event, at offset: Int64, in db: Database) throws {
        let message = try event.payload(MessageReceived.self)
        try db.cachedStatement(
            sql: """
                INSERT INTO conversations (dealership, id, channel, first_message_at, first_offset)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            event.dealership, message.conversationId, message.channel.rawValue, event.time.milliseconds, offset,
        ])
    }
}
