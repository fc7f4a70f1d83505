import Contracts
import GRDB
import Hummingbird
import ServiceKit
import Shards

/// `POST /v1/conversations/{id}/messages`: what staff answer, in the chat or by text.
struct Replies: Sendable {
    let desk: Desk

    struct Sent: Encodable {
        var messageId: String
        var seq: Int64
    }

    func add(to router: Router<AppContext>) {
        router.post("/v1/conversations/:id/messages") { request, context in try await reply(request, context) }
    }

    private func reply(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let json = try await request.json(upTo: ServiceKit.Limits.messageBodyBytes)
            let clientMessageId = try Self.clientMessageId(json)
            let text = try MessageText.written(json)
            let channel = json.has("channel") ? try Channel(json: json, "channel") : nil
            let terms = desk.terms(visit.dealership)
            let (known, reply) = try await visit.conversation(context) { conversation, db in
                (
                    try Self.message(clientMessageId, conversation.id, db),
                    Reply(
                        conversation: conversation, line: try TextLine(conversation, terms, in: db),
                        hasQualifiedPhone: try Self.hasQualifiedPhone(conversation, db), terms: terms)
                )
            }
            let wanted = channel ?? reply.conversation.channel
            if let known { return try Self.answer(known, text, on: wanted, by: visit.staff) }
            let message = try reply.message(clientMessageId, text, by: visit.staff, on: channel)
            try await desk.append(message, id: message.messageId, visit)
            let folded = try await visit.shard.read { try Self.message(clientMessageId, message.conversationId, $0) }
            // Refused: the log says otherwise about the conversation than we read before.
            guard let folded else { throw Desk.unknownConversation }
            return try Self.answer(folded, text, on: wanted, by: visit.staff)
        }
    }

    static func clientMessageId(_ json: JSONView) throws -> String {
        let id = try json.string("clientMessageId")
        guard Identifier.isValid(id) else {
            throw MalformedEvent("invalid-field", "clientMessageId is not 1 to 64 of A-Z a-z 0-9 _ -")
        }
        return id
    }

    static func message(_ clientMessageId: String, _ conversation: String, _ db: Database) throws -> ThreadMessage? {
        try Threads().message(clientMessageId, from: .staff, conversation: conversation, in: db)
    }

    /// A repeat gets the first one's answer.
    private static func answer(
        _ message: ThreadMessage, _ text: String, on channel: Channel, by author: Staff
    ) throws -> Response {
        try check(message, text, on: channel, by: author)
        return try .json(.created, Sent(messageId: message.id, seq: message.seq))
    }

    /// - Throws: a 409 problem if the id was given to another message.
    static func check(_ message: ThreadMessage, _ text: String, on channel: Channel, by author: Staff) throws {
        guard message.text == text, message.author?.id == author.id, message.channel == channel else {
            throw Problem.conflict("id-conflict", "another message has this clientMessageId")
        }
    }

    private static func hasQualifiedPhone(_ conversation: Conversation, _ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT phones <> '' FROM contacts WHERE dealership = ? AND conversation = ?")
        return try Bool.fetchOne(statement, arguments: [conversation.dealership, conversation.id]) ?? false
    }
}
