/// Which side of a conversation a message comes from. The scope of a `clientMessageId` is (conversation, side).
public enum Side: String, Codable, Sendable {
    case customer, staff

    /// The message's id: unique everywhere, a function of what identifies the message.
    public func messageId(conversation: String, clientMessageId: String) -> String {
        "\(conversation).\(self == .customer ? "c" : "s").\(clientMessageId)"
    }
}

/// A customer's message, from the website or by text. Topic `messages`, written by ingest.
public struct MessageReceived: Payload, Equatable {
    public static let type = "message.received"
    public var conversationId: String
    /// Chosen by the customer's side; for SMS `AccountSid-MessageSid`.
    public var clientMessageId: String
    public var channel: Channel
    /// At most 4,000 characters.
    public var text: String
    /// Web only: who the session belongs to.
    public var visitorId: String?
    /// SMS only: the customer's number, E.164 where it is one (a short code is not).
    public var from: String?
    /// SMS only: the dealership's number.
    public var to: String?
    /// SMS only: every parameter of the webhook as it came, as JSON text.
    public var parameters: String?
    /// SMS only: what came with the text, in the provider's order; at most 10.
    public var media: [MediaReference]?
    /// Web only: what the visitor shared of themselves with this message.
    public var contact: SharedContact?

    public init(
        conversationId: String, clientMessageId: String, channel: Channel, text: String, visitorId: String? = nil,
        from: String? = nil, to: String? = nil, parameters: String? = nil, media: [MediaReference]? = nil,
        contact: SharedContact? = nil
    ) {
        self.conversationId = conversationId
        self.clientMessageId = clientMessageId
        self.channel = channel
        self.text = text
        self.visitorId = visitorId
        self.from = from
        self.to = to
        self.parameters = parameters
        self.media = media
        self.contact = contact
    }

    public var subject: String? { conversationId }
    public var messageId: String {
        Side.customer.messageId(conversation: conversationId, clientMessageId: clientMessageId)
    }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        clientMessageId = try json.identifier("clientMessageId")
        channel = try Channel(json: json, "channel")
        text = try json.string("text")
        visitorId = try json.optionalString("visitorId")
        from = try json.optionalString("from")
        to = try json.optionalString("to")
        parameters = try json.optionalString("parameters")
        media = try MediaReference.list(json)
        if let contact = try json.optionalObject("contact") { self.contact = try SharedContact(json: contact) }
    }
}

/// A staff reply, or the first text to a customer. Topic `messages`, written by conversations.
public struct MessageSent: Payload, Equatable {
    public static let type = "message.sent"
    public var conversationId: String
    public var clientMessageId: String
    public var channel: Channel
    public var text: String
    public var author: Staff
    /// SMS only: the dealership's number, E.164.
    public var from: String?
    /// SMS only: the customer's number, E.164.
    public var to: String?
    /// SMS only: the text asks whether the customer may be texted.
    public var asksConsent: Bool?
    /// SMS only: staff text first, so this may be a conversation's first message.
    public var begins: TextStart?

    public init(
        conversationId: String, clientMessageId: String, channel: Channel, text: String, author: Staff,
        from: String? = nil, to: String? = nil, asksConsent: Bool? = nil, begins: TextStart? = nil
    ) {
        self.conversationId = conversationId
        self.clientMessageId = clientMessageId
        self.channel = channel
        self.text = text
        self.author = author
        self.from = from
        self.to = to
        self.asksConsent = asksConsent
        self.begins = begins
    }

    public var subject: String? { conversationId }
    public var messageId: String {
        Side.staff.messageId(conversation: conversationId, clientMessageId: clientMessageId)
    }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        clientMessageId = try json.identifier("clientMessageId")
        channel = try Channel(json: json, "channel")
        text = try json.string("text")
        author = try Staff(json: json.object("author"))
        from = try json.optionalString("from")
        to = try json.optionalString("to")
        asksConsent = try json.optionalBool("asksConsent")
        if let begins = try json.optionalObject("begins") { self.begins = try TextStart(json: begins) }
        guard channel == .web || (from == nil) == (to == nil) else {
            throw MalformedEvent("missing-field", "from and to are required together")
        }
    }
}

/// Staff have read up to and including a message. Topic `messages`; the mark only moves forward.
public struct ConversationRead: Payload, Equatable {
    public static let type = "conversation.read"
    public var conversationId: String
    public var messageId: String
    public var by: Staff

    public init(conversationId: String, messageId: String, by: Staff) {
        self.conversationId = conversationId
        self.messageId = messageId
        self.by = by
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        messageId = try json.identifier("messageId")
        by = try Staff(json: json.object("by"))
    }
}

/// The conversation now belongs to `to`, or to nobody. Topic `messages`.
public struct ConversationAssigned: Payload, Equatable {
    public static let type = "conversation.assigned"
    public var conversationId: String
    public var to: Staff?
    public var by: Staff

    public init(conversationId: String, to: Staff?, by: Staff) {
        self.conversationId = conversationId
        self.to = to
        self.by = by
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        if let to = try json.optionalObject("to") { self.to = try Staff(json: to) }
        by = try Staff(json: json.object("by"))
    }
}

/// What staff did to a conversation's status. Topic `messages`, types `conversation.ignored`, `.closed`, `.reopened`.
public protocol StatusEvent: Payload {
    var conversationId: String { get }
    var by: Staff { get }
    init(conversationId: String, by: Staff)
}

extension StatusEvent {
    public var subject: String? { conversationId }
    public init(json: JSONView) throws(MalformedEvent) {
        self.init(conversationId: try json.identifier("conversationId"), by: try Staff(json: json.object("by")))
    }
}

/// Needs no reply; leaves Unreplied. An inbound message reopens.
public struct ConversationIgnored: StatusEvent, Equatable {
    public static let type = "conversation.ignored"
    public var conversationId: String
    public var by: Staff
    public init(conversationId: String, by: Staff) {
        self.conversationId = conversationId
        self.by = by
    }
}

/// Done. An inbound message reopens the same conversation by text; a web visitor's next session starts a new one.
public struct ConversationClosed: StatusEvent, Equatable {
    public static let type = "conversation.closed"
    public var conversationId: String
    public var by: Staff
    public init(conversationId: String, by: Staff) {
        self.conversationId = conversationId
        self.by = by
    }
}

/// Open again, by staff.
public struct ConversationReopened: StatusEvent, Equatable {
    public static let type = "conversation.reopened"
    public var conversationId: String
    public var by: Staff
    public init(conversationId: String, by: Staff) {
        self.conversationId = conversationId
        self.by = by
    }
}
