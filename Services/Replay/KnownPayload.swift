import Contracts

/// The types of kept topics, and whether a value is one of them.
enum KnownPayload {
    /// - Throws: `MalformedEvent` as the services' readers would; for a type that none of them knows, too.
    static func check(_ event: Event) throws(MalformedEvent) {
        switch event.type {
        case MessageReceived.type: _ = try event.payload(MessageReceived.self)
        case MessageSent.type: _ = try event.payload(MessageSent.self)
        case MessageStatus.type: _ = try event.payload(MessageStatus.self)
        case MessageMedia.type: _ = try event.payload(MessageMedia.self)
        case ConsentChanged.type: _ = try event.payload(ConsentChanged.self)
        case ConversationRead.type: _ = try event.payload(ConversationRead.self)
        case ConversationAssigned.type: _ = try event.payload(ConversationAssigned.self)
        case ConversationIgnored.type: _ = try event.payload(ConversationIgnored.self)
        case ConversationClosed.type: _ = try event.payload(ConversationClosed.self)
        case ConversationReopened.type: _ = try event.payload(ConversationReopened.self)
        case QualifyRequested.type: _ = try event.payload(QualifyRequested.self)
        case ConversationQualified.type: _ = try event.payload(ConversationQualified.self)
        case QualifyDeclined.type: _ = try event.payload(QualifyDeclined.self)
        case DealCreated.type: _ = try event.payload(DealCreated.self)
        default: throw MalformedEvent("unknown-type", "no service knows the type \(event.type)")
        }
    }
}
