import Contracts
import GRDB
import Hummingbird
import ServiceKit
import Shards

/// What staff do beside answering: each is one record appended to the log and answered from the state that has folded it.
struct Writes: Sendable {
    let desk: Desk

    func add(to router: Router<AppContext>) {
        let group = router.group("/v1/conversations/:id")
        group.put("/typing") { request, context in try await typing(request, context) }
        group.post("/read") { request, context in try await read(request, context) }
        group.post("/assign") { request, context in try await assign(request, context) }
        group.post("/ignore") { try await set(ConversationIgnored.self, .ignored, $0, $1) }
        group.post("/close") { try await set(ConversationClosed.self, .closed, $0, $1) }
        group.post("/reopen") { try await set(ConversationReopened.self, .open, $0, $1) }
    }

    /// Passing, and without a text: none can reach the customer.
    private func typing(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let typing = try await request.json().bool("typing")
            let id = try await visit.conversation(context) { conversation, _ in conversation.id }
            let event = desk.event(AgentTyping(conversationId: id, typing: typing), id: nil, visit)
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
            try await desk.append(ConversationRead(conversationId: id, messageId: messageId, by: visit.staff), visit)
            return .noContent
        }
    }

    private func assign(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let to = try Self.assignee(try await request.json(), asking: visit.staff)
            let conversation = try await visit.conversation(context) { conversation, _ in conversation }
            guard conversation.assignedTo != to?.id else { return .noContent }
            try await desk.append(
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
            try await desk.append(E(conversationId: conversation.id, by: visit.staff), visit)
            return .noContent
        }
    }
}
