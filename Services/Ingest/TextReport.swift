import Contracts
import Hummingbird
import ServiceKit

/// What Twilio says of a text that we sent: a status callback.
struct TextReport: Equatable {
    /// What is said, of which text.
    var status: MessageStatus
    var accountSid: String
    var dealership: String
    var sid: String

    /// - Parameter query: what `TwilioSettings.statusCallback` put there.
    /// - Throws: `MalformedEvent` naming the parameter.
    init(_ form: FormBody, query: (String) -> String?) throws(MalformedEvent) {
        dealership = try Self.reference("dealership", query)
        let conversation = try Self.reference("conversation", query)
        let message = try Self.reference("message", query)
        // Staff's, and of that conversation: anything else would be a dead letter.
        guard message.hasPrefix(Side.staff.messageId(conversation: conversation, clientMessageId: "")) else {
            throw MalformedEvent("invalid-field", "message is no staff message of the conversation")
        }
        accountSid = try Self.identifier(form, "AccountSid")
        sid = try Self.identifier(form, "MessageSid")
        let word = try Self.identifier(form, "MessageStatus")
        // Absent, empty or no number: a report is not lost for it.
        let code = form["ErrorCode"].flatMap { Int64($0) }
        status = MessageStatus(
            conversationId: conversation, messageId: message, status: word, sid: sid, errorCode: code,
            reason: SendOutcome.words(form["ErrorMessage"]))
    }

    var eventId: String { MessageStatus.reportId(status.messageId, sid, status.status) }

    private static func reference(
        _ name: String, _ query: (String) -> String?
    ) throws(MalformedEvent) -> String {
        guard let value = query(name) else { throw MalformedEvent("missing-field", "\(name) is required") }
        guard value.utf8.count <= 256, value.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw MalformedEvent("invalid-field", "\(name) is not an id")
        }
        return value
    }

    private static func identifier(_ form: FormBody, _ name: String) throws(MalformedEvent) -> String {
        guard let value = form[name], !value.isEmpty else {
            throw MalformedEvent("missing-field", "\(name) is required")
        }
        guard Identifier.isValid(value) else { throw MalformedEvent("invalid-field", "\(name) is not an id") }
        return value
    }
}
