import Contracts
import Hummingbird
import ServiceKit

/// `POST /v1/messages`
extension IngestService {
    private struct Answer: Encodable {
        var messageId: String
        var conversationId: String
        var kept: Kept
    }

    func addMessages(to router: Router<AppContext>) {
        router.post("v1/messages") { request, _ in
            let visitor = try await service.visitor(request)
            let message = try WebMessage(try await request.json(upTo: Limits.bodyBytes)).message(of: visitor)
            let kept = try await accept(message, of: visitor.dealership)
            return try Response.json(
                .accepted,
                Answer(messageId: message.messageId, conversationId: message.conversationId, kept: kept))
        }
    }
}

/// What a visitor's page sends.
struct WebMessage: Equatable {
    var clientMessageId: String
    var text: String

    /// - Throws: `MalformedEvent` naming the member.
    init(_ json: JSONView) throws(MalformedEvent) {
        clientMessageId = try json.string("clientMessageId")
        guard Identifier.isValid(clientMessageId) else {
            throw MalformedEvent("invalid-field", "clientMessageId is not 1 to 64 of A-Z a-z 0-9 _ -")
        }
        text = try MessageText.written(json)
    }

    func message(of visitor: VisitorIdentity) -> MessageReceived {
        MessageReceived(
            conversationId: visitor.conversationId, clientMessageId: clientMessageId, channel: .web, text: text,
            visitorId: visitor.visitorId)
    }
}
