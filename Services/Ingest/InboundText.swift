import Contracts
import Foundation

/// A text message as Twilio's webhook has it.
struct InboundText: Equatable {
    var accountSid: String
    var messageSid: String
    var from: String
    var to: String
    var text: String
    var media: [MediaReference]
    /// Every parameter as it came: a JSON object, a repeated name with a list.
    var parameters: String

    /// - Throws: `MalformedEvent` naming the parameter.
    init(_ form: FormBody) throws(MalformedEvent) {
        accountSid = try Self.identifier(form, "AccountSid")
        messageSid = try Self.identifier(form, "MessageSid")
        from = try Self.address(form, "From")
        to = try Self.address(form, "To")
        // A message of pictures alone has no text. Twilio ends at 1,600 characters.
        text = try MessageText.checked(form["Body"] ?? "", "Body")
        media = Self.media(form)
        parameters = Self.json(form)
    }

    /// Both sides of the identity are Twilio's, so a webhook that is called again is the same message.
    var clientMessageId: String { "\(accountSid)-\(messageSid)" }

    /// One conversation per pair of numbers, which nobody can tell from its id.
    func conversationId(secret: [UInt8]) -> String {
        Identifier.textConversation(secret, number: to, phone: from)
    }

    func message(secret: [UInt8]) -> MessageReceived {
        MessageReceived(
            conversationId: conversationId(secret: secret), clientMessageId: clientMessageId, channel: .sms, text: text,
            from: from, to: to, parameters: parameters, media: media.isEmpty ? nil : media)
    }

    /// As many as there are, whatever `NumMedia` says: a text is not refused for its pictures.
    private static func media(_ form: FormBody) -> [MediaReference] {
        (0..<MediaReference.maximum).map { form["MediaUrl\($0)"]?.keepable }.prefix { $0?.isEmpty == false }
            .enumerated()
            .compactMap { index, url in
                let type = form["MediaContentType\(index)"]?.keepable ?? ""
                return url.map {
                    MediaReference(url: $0, contentType: type.isEmpty ? "application/octet-stream" : type)
                }
            }
    }

    private static func identifier(_ form: FormBody, _ name: String) throws(MalformedEvent) -> String {
        let value = try required(form, name)
        guard Identifier.isValid(value) else { throw MalformedEvent("invalid-field", "\(name) is not an id") }
        return value
    }

    /// A number, a short code or a sender's name.
    private static func address(_ form: FormBody, _ name: String) throws(MalformedEvent) -> String {
        let value = try required(form, name)
        guard value.utf8.count <= 64, value.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
            throw MalformedEvent("invalid-field", "\(name) is not a number")
        }
        return value
    }

    private static func required(_ form: FormBody, _ name: String) throws(MalformedEvent) -> String {
        guard let value = form[name], !value.isEmpty else {
            throw MalformedEvent("missing-field", "\(name) is required")
        }
        return value
    }

    private enum Parameter: Encodable {
        case one(String)
        case many([String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .one(let value): try container.encode(value)
            case .many(let values): try container.encode(values)
            }
        }
    }

    private static func json(_ form: FormBody) -> String {
        let values = Dictionary(grouping: form.parameters, by: \.name).mapValues { group in
            group.count == 1 ? Parameter.one(group[0].value) : Parameter.many(group.map(\.value))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and lists of them cannot fail to encode.
        return (try? String(decoding: encoder.encode(values), as: UTF8.self)) ?? "{}"
    }
}
