/// How far the sending of a text has come. Topic `messages`, written by ingest.
public struct MessageStatus: Payload, Equatable {
    public static let type = "message.status"
    public var conversationId: String
    /// Of a staff message on the channel `sms`.
    public var messageId: String
    /// One of `TextStatus`, or whatever the provider says.
    public var status: String
    /// Who sends it, of the statuses that are ours: `sending`, `released`, `unconfirmed`, `failed`.
    public var claim: String?
    /// The provider's id of the text.
    public var sid: String?
    /// The provider's error, https://www.twilio.com/docs/api/errors.
    public var errorCode: Int64?
    /// In words, or one of `TextStatus.Reason`.
    public var reason: String?

    public init(
        conversationId: String, messageId: String, status: String, claim: String? = nil, sid: String? = nil,
        errorCode: Int64? = nil, reason: String? = nil
    ) {
        self.conversationId = conversationId
        self.messageId = messageId
        self.status = status
        self.claim = claim
        self.sid = sid
        self.errorCode = errorCode
        self.reason = reason
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        messageId = try json.identifier("messageId")
        status = try json.identifier("status")
        claim = try json.optionalString("claim")
        sid = try json.optionalString("sid")
        errorCode = try json.optionalInteger("errorCode")
        reason = try json.optionalString("reason")
    }

    // What each is called. A repeat, a second owner and a replay arrive at the same id.

    public static func claimId(_ messageId: String, _ claim: String) -> String { "\(messageId).claim.\(claim)" }
    public static func releaseId(_ messageId: String, _ claim: String) -> String { "\(messageId).released.\(claim)" }
    public static func resultId(_ messageId: String, _ claim: String) -> String { "\(messageId).result.\(claim)" }
    public static func unconfirmedId(_ messageId: String, _ claim: String) -> String {
        "\(messageId).unconfirmed.\(claim)"
    }
    public static func expiredId(_ messageId: String) -> String { "\(messageId).expired" }
    /// Of a callback of the provider.
    public static func reportId(_ messageId: String, _ sid: String, _ status: String) -> String {
        "\(messageId).\(sid).\(status)"
    }
}

/// What became of fetching one file of a text. Topic `messages`, written by ingest; the first one counts.
public struct MessageMedia: Payload, Equatable {
    public enum State: String, Codable, Sendable { case stored, refused }

    public static let type = "message.media"
    public var conversationId: String
    public var messageId: String
    /// Its place in the text, from 0.
    public var index: Int64
    public var state: State
    /// Stored only: what the content is.
    public var contentType: String?
    /// Stored only: its length.
    public var bytes: Int64?
    /// Stored only: where it is kept, 64 hexadecimal digits.
    public var sha256: String?
    /// Refused only: a stable word.
    public var reason: String?

    public init(
        conversationId: String, messageId: String, index: Int64, state: State, contentType: String? = nil,
        bytes: Int64? = nil, sha256: String? = nil, reason: String? = nil
    ) {
        self.conversationId = conversationId
        self.messageId = messageId
        self.index = index
        self.state = state
        self.contentType = contentType
        self.bytes = bytes
        self.sha256 = sha256
        self.reason = reason
    }

    public var subject: String? { conversationId }
    public var eventId: String { "\(messageId).media.\(index)" }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        messageId = try json.identifier("messageId")
        index = try json.integer("index")
        guard let state = State(rawValue: try json.string("state")) else {
            throw MalformedEvent("invalid-field", "state is not stored or refused")
        }
        self.state = state
        contentType = try json.optionalString("contentType")
        bytes = try json.optionalInteger("bytes")
        sha256 = try json.optionalString("sha256")
        reason = try json.optionalString("reason")
        guard state == .refused || (contentType != nil && bytes != nil && sha256 != nil) else {
            throw MalformedEvent("missing-field", "contentType, bytes and sha256 are required of what is stored")
        }
    }
}

/// Staff record what a customer said in words of their own. Topic `messages`, written by conversations.
public struct ConsentChanged: Payload, Equatable {
    public static let type = "consent.changed"
    public var conversationId: String
    /// The dealership's number.
    public var from: String
    /// The customer's number.
    public var phone: String
    /// Only `stopped`: nobody but the customer can allow it again.
    public var state: Consent
    public var by: Staff

    public init(conversationId: String, from: String, phone: String, state: Consent, by: Staff) {
        self.conversationId = conversationId
        self.from = from
        self.phone = phone
        self.state = state
        self.by = by
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        from = try json.string("from")
        phone = try json.string("phone")
        guard let state = Consent(rawValue: try json.string("state")), state == .stopped else {
            throw MalformedEvent("invalid-field", "state is not stopped")
        }
        self.state = state
        by = try Staff(json: json.object("by"))
    }
}
