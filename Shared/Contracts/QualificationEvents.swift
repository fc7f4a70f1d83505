/// The contact information that staff typed. Phone is E.164.
public struct ContactEntry: Codable, Sendable, Equatable {
    public var firstName: String
    public var lastName: String
    public var email: String?
    public var phone: String?

    public init(firstName: String, lastName: String, email: String? = nil, phone: String? = nil) {
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
        self.phone = phone
    }

    init(json: JSONView) throws(MalformedEvent) {
        firstName = try json.string("firstName")
        lastName = try json.string("lastName")
        email = try json.optionalString("email")
        phone = try json.optionalString("phone")
    }
}

/// One click on Qualify. Topic `qualifications`. It carries every fact that the outcome depends on beside earlier
/// outcomes of the same topic, so that any owner decides it alike.
public struct QualifyRequested: Payload, Equatable {
    public static let type = "qualify.requested"
    public var requestId: String
    public var conversationId: String
    public var channel: Channel
    public var customer: ContactEntry
    public var startNewDeal: Bool
    /// The deals that the click's screen showed; `nil`: do not compare.
    public var knownDeals: [String]?
    /// IANA name of the dealership's zone.
    public var timeZone: String
    public var firstMessageAt: Timestamp
    /// How far `messages` had been folded when the click came: where the click stands among the messages.
    public var messagesOffset: Int64
    public var by: Staff

    public init(
        requestId: String, conversationId: String, channel: Channel, customer: ContactEntry, startNewDeal: Bool,
        knownDeals: [String]?, timeZone: String, firstMessageAt: Timestamp, messagesOffset: Int64, by: Staff
    ) {
        self.requestId = requestId
        self.conversationId = conversationId
        self.channel = channel
        self.customer = customer
        self.startNewDeal = startNewDeal
        self.knownDeals = knownDeals
        self.timeZone = timeZone
        self.firstMessageAt = firstMessageAt
        self.messagesOffset = messagesOffset
        self.by = by
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        requestId = try json.identifier("requestId")
        conversationId = try json.identifier("conversationId")
        channel = try Channel(json: json, "channel")
        customer = try ContactEntry(json: json.object("customer"))
        startNewDeal = try json.bool("startNewDeal")
        knownDeals = try json.optionalStrings("knownDeals")
        timeZone = try json.string("timeZone")
        firstMessageAt = try json.timestamp("firstMessageAt")
        messagesOffset = try json.integer("messagesOffset")
        by = try Staff(json: json.object("by"))
    }
}

/// Who a conversation is with, complete.
public struct Customer: Codable, Sendable, Equatable {
    public var id: String
    public var firstName: String
    public var lastName: String
    public var emails: [String]
    public var phones: [String]

    public init(id: String, firstName: String, lastName: String, emails: [String], phones: [String]) {
        self.id = id
        self.firstName = firstName
        self.lastName = lastName
        self.emails = emails
        self.phones = phones
    }

    init(json: JSONView) throws(MalformedEvent) {
        id = try json.identifier("id")
        firstName = try json.string("firstName")
        lastName = try json.string("lastName")
        emails = try json.optionalStrings("emails") ?? []
        phones = try json.optionalStrings("phones") ?? []
    }
}

/// Where a deal comes from. Open strings: other systems match on them byte by byte.
public struct DealSource: Codable, Sendable, Equatable {
    public static let chatType = "Chat"
    public static let chatDescription = "Ignitify Chat"

    public var type: String
    public var description: String
    public var channel: String
    public var conversationId: String

    public init(type: String, description: String, channel: String, conversationId: String) {
        self.type = type
        self.description = description
        self.channel = channel
        self.conversationId = conversationId
    }

    init(json: JSONView) throws(MalformedEvent) {
        type = try json.string("type")
        description = try json.string("description")
        channel = try json.string("channel")
        conversationId = try json.identifier("conversationId")
    }
}

/// The outcome of a click: the complete customer and, if a deal was wanted, the complete deal.
public struct ConversationQualified: Payload, Equatable {
    public static let type = "conversation.qualified"
    public var requestId: String
    public var conversationId: String
    public var customer: Customer
    public var deal: DealCreated?
    public var messagesOffset: Int64
    public var by: Staff

    public init(
        requestId: String, conversationId: String, customer: Customer, deal: DealCreated?, messagesOffset: Int64,
        by: Staff
    ) {
        self.requestId = requestId
        self.conversationId = conversationId
        self.customer = customer
        self.deal = deal
        self.messagesOffset = messagesOffset
        self.by = by
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        requestId = try json.identifier("requestId")
        conversationId = try json.identifier("conversationId")
        customer = try Customer(json: json.object("customer"))
        if let deal = try json.optionalObject("deal") { self.deal = try DealCreated(json: deal) }
        messagesOffset = try json.integer("messagesOffset")
        by = try Staff(json: json.object("by"))
    }
}

/// The outcome of a click that was not granted.
public struct QualifyDeclined: Payload, Equatable {
    public static let type = "qualify.declined"
    public static let alreadyQualified = "already-qualified"
    public var requestId: String
    public var conversationId: String
    public var reason: String
    /// The deal that the click's screen did not show.
    public var dealId: String?

    public init(requestId: String, conversationId: String, reason: String, dealId: String?) {
        self.requestId = requestId
        self.conversationId = conversationId
        self.reason = reason
        self.dealId = dealId
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        requestId = try json.identifier("requestId")
        conversationId = try json.identifier("conversationId")
        reason = try json.string("reason")
        dealId = try json.optionalString("dealId")
    }
}

/// A deal for other systems. Topic `deal-created`, public: fields may be added, never changed.
public struct DealCreated: Payload, Equatable {
    public static let type = "deal.created"
    public var dealId: String
    public var dealershipId: String
    public var createdAt: Timestamp
    public var timeZone: String
    public var source: DealSource
    public var customer: Customer
    public var createdBy: Staff
    public var firstMessageAt: Timestamp
    public var qualifiedAt: Timestamp

    public init(
        dealId: String, dealershipId: String, createdAt: Timestamp, timeZone: String, source: DealSource,
        customer: Customer, createdBy: Staff, firstMessageAt: Timestamp, qualifiedAt: Timestamp
    ) {
        self.dealId = dealId
        self.dealershipId = dealershipId
        self.createdAt = createdAt
        self.timeZone = timeZone
        self.source = source
        self.customer = customer
        self.createdBy = createdBy
        self.firstMessageAt = firstMessageAt
        self.qualifiedAt = qualifiedAt
    }

    public var subject: String? { dealId }

    public init(json: JSONView) throws(MalformedEvent) {
        dealId = try json.identifier("dealId")
        dealershipId = try json.identifier("dealershipId")
        createdAt = try json.timestamp("createdAt")
        timeZone = try json.string("timeZone")
        source = try DealSource(json: json.object("source"))
        customer = try Customer(json: json.object("customer"))
        createdBy = try Staff(json: json.object("createdBy"))
        firstMessageAt = try json.timestamp("firstMessageAt")
        qualifiedAt = try json.timestamp("qualifiedAt")
    }
}
