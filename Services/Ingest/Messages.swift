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
        router.post("v1/messages") { request, context in
            let visitor = try await service.visitor(request)
            let message = try WebMessage(try await request.json(upTo: Limits.bodyBytes)).message(of: visitor)
            let kept = try await accept(message, of: visitor.dealership, context.correlation)
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
    var contact: SharedContact?

    /// - Throws: `MalformedEvent` naming the member.
    init(_ json: JSONView) throws(MalformedEvent) {
        clientMessageId = try json.string("clientMessageId")
        guard Identifier.isValid(clientMessageId) else {
            throw MalformedEvent("invalid-field", "clientMessageId is not 1 to 64 of A-Z a-z 0-9 _ -")
        }
        text = try MessageText.written(json)
        if let contact = try json.optionalObject("contact") { self.contact = try Self.contact(contact) }
    }

    /// - Throws: `MalformedEvent` naming the member, such as `contact.phone`.
    private static func contact(_ json: JSONView) throws(MalformedEvent) -> SharedContact {
        let name = try json.optionalString("name")?.singleLine
        guard (name?.unicodeScalars.count ?? 0) <= Limits.nameCharacters else {
            throw MalformedEvent(
                "invalid-field", "contact.name is longer than \(Limits.nameCharacters) characters (Unicode scalars)")
        }
        var email: String?
        if let text = try json.optionalString("email")?.singleLine, !text.isEmpty {
            email = EmailAddress.normalised(text)
            guard email != nil else { throw MalformedEvent("invalid-field", "contact.email is not an e-mail address") }
        }
        var phone: String?
        if let text = try json.optionalString("phone")?.singleLine, !text.isEmpty {
            phone = PhoneNumber.e164(text)
            guard phone != nil else {
                throw MalformedEvent(
                    "invalid-field", "contact.phone is neither a number of 10 digits nor an international one with +")
            }
        }
        return SharedContact(
            name: name?.isEmpty == false ? name : nil, email: email, phone: phone, mayText: try json.bool("mayText"))
    }

    func message(of visitor: VisitorIdentity) -> MessageReceived {
        MessageReceived(
            conversationId: visitor.conversationId, clientMessageId: clientMessageId, channel: .web, text: text,
            visitorId: visitor.visitorId, contact: contact)
    }
}
