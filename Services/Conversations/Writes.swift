import Contracts
import GRDB
import Hummingbird
import ServiceKit
import Shards

/// What staff do: each is one record appended to the log and answered from the state that has folded it.
struct Writes: Sendable {
    let desk: Desk

    func add(to router: Router<AppContext>) {
        let group = router.group("/v1/conversations/:id")
        group.post("/messages") { request, context in try await reply(request, context) }
        group.put("/typing") { request, context in try await typing(request, context) }
        group.post("/read") { request, context in try await read(request, context) }
        group.post("/assign") { request, context in try await assign(request, context) }
        group.post("/ignore") { try await set(ConversationIgnored.self, .ignored, $0, $1) }
        group.post("/close") { try await set(ConversationClosed.self, .closed, $0, $1) }
        group.post("/reopen") { try await set(ConversationReopened.self, .open, $0, $1) }
    }

    // MARK: Replying

    private struct Sent: Encodable {
        var messageId: String
        var seq: Int64
    }

    private func reply(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let json = try await request.json(upTo: ServiceKit.Limits.messageBodyBytes)
            let clientMessageId = try json.string("clientMessageId")
            guard Identifier.isValid(clientMessageId) else {
                throw MalformedEvent("invalid-field", "clientMessageId is not 1 to 64 of A-Z a-z 0-9 _ -")
            }
            let text = try MessageText.written(json)
            let (conversation, known) = try await visit.conversation(context) { conversation, db in
                (conversation, try Self.message(clientMessageId, conversation, db))
            }
            if let known { return try Self.answer(known, text: text, author: visit.staff) }
            guard conversation.channel == .web else {
                throw Problem.unprocessable("texting-not-configured", "this dealership cannot text yet")
            }
            let message = MessageSent(
                conversationId: conversation.id, clientMessageId: clientMessageId, channel: conversation.channel,
                text: text, author: visit.staff)
            try await append(message, id: message.messageId, visit)
            let folded = try await visit.shard.read { try Self.message(clientMessageId, conversation, $0) }
            // Refused: the log says otherwise about the conversation than we read before.
            guard let folded else { throw Desk.unknownConversation }
            return try Self.answer(folded, text: text, author: visit.staff)
        }
    }

    private static func message(
        _ clientMessageId: String, _ conversation: Conversation, _ db: Database
    ) throws -> ThreadMessage? {
        try Threads().message(clientMessageId, from: .staff, conversation: conversation.id, in: db)
    }

    /// A repeat gets the first one's answer.
    private static func answer(_ message: ThreadMessage, text: String, author: Staff) throws -> Response {
        guard message.text == text, message.author?.id == author.id else {
            throw Problem.conflict("id-conflict", "another message has this clientMessageId")
        }
        return try .json(.created, Sent(messageId: message.id, seq: message.seq))
    }

    // MARK: The rest

    /// Passing, and without a text: none can reach the customer.
    private func typing(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let typing = try await request.json().bool("typing")
            let id = try await visit.conversation(context) { conversation, _ in conversation.id }
            let event = event(AgentTyping(conversationId: id, typing: typing), id: nil, visit)
            desk.service.passing.post(event, to: .typing)
            return .noContent
        }
    }

    private func read(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let messageId = try await request.json().identifier("messageId")
            let (id, isNew) = try await visit.conversation(context) { conversation, db in
                guard let offset = try Threads().offset(of: messageId, conversation: conversation.id, in: db) else {
                    throw Problem.unprocessable(
                        "unknown-message", "messageId is no message of this conversation", field: "messageId")
                }
                return (conversation.id, offset > conversation.readTo)
            }
            guard isNew else { return .noContent }
            try await append(ConversationRead(conversationId: id, messageId: messageId, by: visit.staff), visit)
            return .noContent
        }
    }

    private func assign(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let to = try Self.assignee(try await request.json(), asking: visit.staff)
            let conversation = try await visit.conversation(context) { conversation, _ in conversation }
            guard conversation.assignedTo != to?.id else { return .noContent }
            try await append(
                ConversationAssigned(conversationId: conversation.id, to: to, by: visit.staff), visit)
            return .noContent
        }
    }

    /// `{"to": {"id", "name"}}`, `{"to": "<id>"}` or `{"to": null}`. We keep no list of staff: a bare id that is not
    /// the asker's own goes by that id.
    static func assignee(_ json: JSONView, asking: Staff) throws -> Staff? {
        guard json.has("to") else { throw MalformedEvent("missing-field", "to is required; null is nobody") }
        if let object = try? json.optionalObject("to") {
            let (id, name) = (try object.identifier("id"), try object.string("name").singleLine)
            guard name.utf8.count <= 256 else { throw MalformedEvent("invalid-field", "to.name is too long") }
            return Staff(id: id, name: name.isEmpty ? id : name)
        }
        guard let id = try json.optionalString("to") else { return nil }
        guard (1...128).contains(id.utf8.count), !id.hasControlCharacters else {
            throw MalformedEvent("invalid-field", "to is not 1 to 128 bytes long, without control characters")
        }
        return id == asking.id ? asking : Staff(id: id, name: id)
    }

    private func set<E: StatusEvent>(
        _: E.Type, _ status: Conversation.Status, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let conversation = try await visit.conversation(context) { conversation, _ in conversation }
            guard conversation.status != status else { return .noContent }
            try await append(E(conversationId: conversation.id, by: visit.staff), visit)
            return .noContent
        }
    }

    // MARK: Appending

    /// Appends and waits for the fold.
    ///
    /// - Throws: a 404 problem if the fold refused the record.
    private func append(_ payload: some Payload, id: String? = nil, _ visit: Desk.Visit) async throws {
        let coordinates = try await visit.shard.append(event(payload, id: id, visit), to: .messages)
        if try await visit.shard.isDeadLetter(coordinates) { throw Desk.unknownConversation }
    }

    private func event(_ payload: some Payload, id: String?, _ visit: Desk.Visit) -> Event {
        let now = desk.now()
        return Event(
            payload, id: id ?? Identifier.timeOrdered(at: now), dealership: visit.dealership, service: "conversations",
            time: now)
    }
}
