import Contracts
import GRDB

/// The fold of the topic `messages` into `conversations`, `messages` and what texting adds to them, for every service
/// that reads it.
///
/// - A message is (conversation, side, `clientMessageId`); the first one in topic order wins, a repeat changes nothing.
/// - A conversation begins with a customer's message, or with a text of staff to a customer they know, and belongs to
///   that message's dealership for ever.
/// - Nothing is written before everything has been checked: a fold that throws has left the tables as they were.
///
/// A message's row id is its offset and a conversation's is the offset of its first message: new rows go to the end
/// of their trees and the index that finds repeats stays narrow, which is most of the fold's speed.
public struct Threads: Sendable {
    /// What the fold writes; all of it is canonical.
    public static let tables = ["conversations", "messages"] + TextSchema.tables

    /// The conversation of a row, as SQL; a phone's consent is not one conversation's.
    public static func conversation(of table: String) -> String? {
        let ofMessage = "SELECT c.id FROM messages m JOIN conversations c ON c.began = m.conversation"
        return switch table {
        case "conversations": "id"
        case "messages": "(SELECT id FROM conversations WHERE began = messages.conversation)"
        case "texts", "attachments": "(\(ofMessage) WHERE m.\"offset\" = \(table).\"offset\")"
        case "text_routes": "conversation"
        default: nil
        }
    }

    /// What an event did.
    public enum Outcome: Sendable, Equatable {
        /// It changed this conversation.
        case changed(conversation: String)
        /// A repeat, or a fact that was so already.
        case unchanged
        /// Not a type that this fold knows: for the caller to fold, or to skip and count.
        case unknownType
    }

    public init() {}

    public func createTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS conversations (
                    began INTEGER PRIMARY KEY,
                    id TEXT NOT NULL UNIQUE,
                    dealership TEXT NOT NULL,
                    channel TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    status TEXT NOT NULL,
                    began_at INTEGER NOT NULL,
                    visitor TEXT,
                    customer_number TEXT,
                    dealership_number TEXT,
                    messages INTEGER NOT NULL,
                    last_message INTEGER NOT NULL,
                    unread INTEGER NOT NULL,
                    read_to INTEGER NOT NULL DEFAULT -1,
                    awaiting_since INTEGER,
                    assigned_id TEXT,
                    assigned_name TEXT,
                    contact_phone TEXT,
                    begun_customer TEXT,
                    begun_name TEXT,
                    begun_deal TEXT,
                    changed INTEGER NOT NULL
                );
                CREATE TABLE IF NOT EXISTS messages (
                    "offset" INTEGER PRIMARY KEY,
                    conversation INTEGER NOT NULL,
                    seq INTEGER NOT NULL,
                    side TEXT NOT NULL,
                    client_id TEXT NOT NULL,
                    event_id TEXT,
                    channel TEXT NOT NULL,
                    text TEXT NOT NULL,
                    at INTEGER NOT NULL,
                    author_id TEXT,
                    author_name TEXT,
                    UNIQUE (conversation, side, client_id)
                );
                """)
        try TextSchema.create(db)
    }

    /// Applies one record of `messages`.
    ///
    /// - Parameter offset: the record's offset in its partition.
    /// - Throws: `MalformedEvent` (a field's name; `foreign-conversation`, `unknown-conversation`, `unknown-message`),
    ///   or SQLite's error.
    public func fold(_ event: Event, at offset: Int64, in db: Database) throws -> Outcome {
        switch event.type {
        case MessageReceived.type: try received(event.payload(), event, offset, db)
        case MessageSent.type: try sent(event.payload(), event, offset, db)
        case MessageStatus.type: try status(event.payload(), event, offset, db)
        case MessageMedia.type: try media(event.payload(), event, offset, db)
        case ConsentChanged.type: try consent(event.payload(), event, offset, db)
        case ConversationRead.type: try read(event.payload(), event, offset, db)
        case ConversationAssigned.type: try assigned(event.payload(), event, offset, db)
        case ConversationIgnored.type:
            try set("ignored", event.payload(ConversationIgnored.self).conversationId, event, offset, db)
        case ConversationClosed.type:
            try set("closed", event.payload(ConversationClosed.self).conversationId, event, offset, db)
        case ConversationReopened.type: try reopened(event.payload(), event, offset, db)
        default: .unknownType
        }
    }

    /// Why a statement that names (conversation, dealership) found nothing to change.
    ///
    /// - Throws: `MalformedEvent` if the conversation is unknown or another dealership's.
    func unchanged(_ conversation: String, _ event: Event, _ db: Database) throws -> Outcome {
        let dealership = try String.fetchOne(
            db.cachedStatement(sql: "SELECT dealership FROM conversations WHERE id = ?"), arguments: [conversation])
        guard let dealership else {
            throw MalformedEvent("unknown-conversation", "\(event.type) for a conversation without a message")
        }
        guard dealership == event.dealership else {
            throw MalformedEvent("foreign-conversation", "the conversation belongs to another dealership")
        }
        return .unchanged
    }
}
