import Contracts
import ServiceKit

/// How a reply goes out, decided from one snapshot.
struct Reply {
    let conversation: Conversation
    let line: TextLine?
    /// Somebody qualified the customer with a number of theirs.
    let hasQualifiedPhone: Bool
    let terms: TextTerms

    /// - Parameter channel: nil is the conversation's own.
    /// - Throws: a 422 problem where the customer cannot, or may not, be reached so.
    func message(
        _ clientMessageId: String, _ text: String, by staff: Staff, on channel: Channel?
    ) throws(Problem) -> MessageSent {
        switch (channel ?? conversation.channel, conversation.channel) {
        case (.web, .web):
            return MessageSent(
                conversationId: conversation.id, clientMessageId: clientMessageId, channel: .web, text: text,
                author: staff)
        case (.web, .sms):
            throw .unprocessable("invalid-field", "channel is web, and this customer texts", field: "channel")
        case (.sms, _):
            let line = try textable()
            try Self.check(text)
            return MessageSent(
                conversationId: conversation.id, clientMessageId: clientMessageId, channel: .sms, text: text,
                author: staff, from: line.from, to: line.to)
        }
    }

    private func textable() throws(Problem) -> TextLine {
        guard let number = conversation.dealershipNumber ?? terms.numbers.first, terms.numbers.contains(number) else {
            throw .notConfigured
        }
        guard let line else {
            if conversation.channel == .web, hasQualifiedPhone {
                throw .unprocessable("no-consent", "the customer has not agreed to be texted")
            }
            throw .unprocessable("no-phone", "no number is known at which the customer may be texted")
        }
        if let refusal = line.refusal(in: terms.timeZone) { throw refusal }
        return line
    }

    private static func check(_ text: String) throws(Problem) {
        guard text.unicodeScalars.count <= TextSegments.maximumCharacters else {
            throw .unprocessable(
                "invalid-field",
                "text is longer than \(TextSegments.maximumCharacters) characters (Unicode scalars), as long as a text can be",
                field: "text")
        }
    }
}

extension Problem {
    static let notConfigured = Problem.unprocessable(
        "texting-not-configured", "this dealership has no number to text from")
}
