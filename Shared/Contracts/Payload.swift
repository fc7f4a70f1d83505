import Foundation

/// The body of one type of event.
///
/// Encoding is deterministic (sorted names, no spaces), so that two owners who owe the same fact write the same bytes.
/// Fields may be added, never changed; readers skip what they do not know.
public protocol Payload: Encodable, Sendable {
    /// The event's type, such as `message.received`.
    static var type: String { get }
    /// What the event is about: the conversation's or the deal's id.
    var subject: String? { get }
    init(json: JSONView) throws(MalformedEvent)
}

extension Payload {
    public func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, numbers and lists of them cannot fail to encode; an empty body would be refused by every reader.
        return (try? Array(encoder.encode(self))) ?? []
    }
}

/// The website or text messages.
public enum Channel: String, Codable, Sendable {
    case web, sms

    public init(json: JSONView, _ name: StaticString) throws(MalformedEvent) {
        guard let channel = Channel(rawValue: try json.string(name)) else {
            throw MalformedEvent("invalid-field", "\(name) is not web or sms")
        }
        self = channel
    }
}

/// A member of staff, as their token names them.
public struct Staff: Codable, Sendable, Equatable {
    public var id: String
    public var name: String

    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }

    init(json: JSONView) throws(MalformedEvent) {
        id = try json.string("id")
        name = try json.string("name")
    }
}
