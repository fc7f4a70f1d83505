/// One file that came with a text, as the provider names it.
public struct MediaReference: Codable, Sendable, Equatable {
    /// A text has no more of them.
    public static let maximum = 10

    public var url: String
    /// What the provider says it is; the content decides.
    public var contentType: String

    public init(url: String, contentType: String) {
        self.url = url
        self.contentType = contentType
    }

    static func list(_ json: JSONView) throws(MalformedEvent) -> [MediaReference]? {
        guard let objects = try json.optionalObjects("media") else { return nil }
        guard objects.count <= maximum else {
            throw MalformedEvent("invalid-field", "media has more than \(maximum) elements")
        }
        var list: [MediaReference] = []
        for object in objects {
            list.append(
                MediaReference(url: try object.string("url"), contentType: try object.string("contentType")))
        }
        return list
    }
}

/// What a visitor gave of themselves on the website.
public struct SharedContact: Codable, Sendable, Equatable {
    public var name: String?
    public var email: String?
    /// E.164.
    public var phone: String?
    /// They agreed to be texted at this number.
    public var mayText: Bool

    public init(name: String? = nil, email: String? = nil, phone: String? = nil, mayText: Bool) {
        self.name = name
        self.email = email
        self.phone = phone
        self.mayText = mayText
    }

    init(json: JSONView) throws(MalformedEvent) {
        name = try json.optionalString("name")
        email = try json.optionalString("email")
        phone = try json.optionalString("phone")
        mayText = try json.bool("mayText")
    }
}

/// Whom staff text first.
public struct TextStart: Codable, Sendable, Equatable {
    public var customerId: String?
    public var name: String?
    public var dealId: String?

    public init(customerId: String? = nil, name: String? = nil, dealId: String? = nil) {
        self.customerId = customerId
        self.name = name
        self.dealId = dealId
    }

    init(json: JSONView) throws(MalformedEvent) {
        customerId = try json.optionalString("customerId")
        name = try json.optionalString("name")
        dealId = try json.optionalString("dealId")
    }
}
