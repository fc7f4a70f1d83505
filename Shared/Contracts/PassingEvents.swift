/// A visitor's tab is on the website. Topic `activity`; the lease it renews runs from the event's time.
public struct VisitBeat: Payload, Equatable {
    public static let type = "visit.beat"
    public var conversationId: String
    public var tabId: String
    /// The page's address, at most 500 characters.
    public var page: String?
    public var visible: Bool

    public init(conversationId: String, tabId: String, page: String?, visible: Bool) {
        self.conversationId = conversationId
        self.tabId = tabId
        self.page = page
        self.visible = visible
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        tabId = try json.identifier("tabId")
        page = try json.optionalString("page")
        visible = try json.bool("visible")
    }
}

/// A tab is going away; it may only be navigating, so its lease ends after a grace. Topic `activity`.
public struct VisitLeft: Payload, Equatable {
    public static let type = "visit.left"
    public var conversationId: String
    public var tabId: String

    public init(conversationId: String, tabId: String) {
        self.conversationId = conversationId
        self.tabId = tabId
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        tabId = try json.identifier("tabId")
    }
}

/// What a visitor has typed and not sent. Topic `typing`: in memory only, never in a file, log or dead letter.
public struct DraftChanged: Payload, Equatable {
    public static let type = "draft.changed"
    public var conversationId: String
    /// Grows with each change of a draft.
    public var revision: Int64
    /// Empty: the draft was emptied.
    public var text: String

    public init(conversationId: String, revision: Int64, text: String) {
        self.conversationId = conversationId
        self.revision = revision
        self.text = text
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        revision = try json.integer("revision")
        text = try json.string("text")
    }
}

/// That staff are typing. It has no text, so none can reach the customer. Topic `typing`.
public struct AgentTyping: Payload, Equatable {
    public static let type = "agent.typing"
    public var conversationId: String
    public var typing: Bool

    public init(conversationId: String, typing: Bool) {
        self.conversationId = conversationId
        self.typing = typing
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        typing = try json.bool("typing")
    }
}

/// Whether a visitor is on the website.
public enum PresenceState: String, Codable, Sendable {
    case online, away, offline, unknown
}

/// A visitor's presence, for as long as it holds. Topic `presence`, last wins by key.
public struct PresenceChanged: Payload, Equatable {
    public static let type = "presence.changed"
    public var conversationId: String
    public var state: PresenceState
    /// Readers show `unknown` after this moment; absent for `offline`, which holds until it changes.
    public var until: Timestamp?
    public var page: String?

    public init(conversationId: String, state: PresenceState, until: Timestamp?, page: String?) {
        self.conversationId = conversationId
        self.state = state
        self.until = until
        self.page = page
    }

    public var subject: String? { conversationId }

    public init(json: JSONView) throws(MalformedEvent) {
        conversationId = try json.identifier("conversationId")
        guard let state = PresenceState(rawValue: try json.string("state")) else {
            throw MalformedEvent("invalid-field", "state is not online, away or offline")
        }
        self.state = state
        until = try json.optionalTimestamp("until")
        page = try json.optionalString("page")
    }
}
