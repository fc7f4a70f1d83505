import Contracts

/// What the services' decoders say of an event's body. The services decode by the same types of Contracts.
enum PayloadCheck {
    enum Result: Equatable, Sendable {
        case accepted
        case refused(MalformedEvent)
        /// Skipped and counted by the services.
        case unknownType
    }

    static func of(_ event: Event) -> Result {
        guard let decode = decoders[event.type] else { return .unknownType }
        return decode(event.data).map(Result.refused) ?? .accepted
    }

    static var types: Set<String> { Set(decoders.keys) }

    private static let decoders: [String: @Sendable ([UInt8]) -> MalformedEvent?] = {
        var all: [String: @Sendable ([UInt8]) -> MalformedEvent?] = [:]
        func add<P: Payload>(_: P.Type) { all[P.type] = { refusal(P.self, $0) } }
        add(MessageReceived.self)
        add(MessageSent.self)
        add(MessageStatus.self)
        add(MessageMedia.self)
        add(ConsentChanged.self)
        add(ConversationRead.self)
        add(ConversationAssigned.self)
        add(ConversationIgnored.self)
        add(ConversationClosed.self)
        add(ConversationReopened.self)
        add(QualifyRequested.self)
        add(ConversationQualified.self)
        add(QualifyDeclined.self)
        add(DealCreated.self)
        add(PresenceChanged.self)
        add(VisitBeat.self)
        add(VisitLeft.self)
        add(DraftChanged.self)
        add(AgentTyping.self)
        add(ShardOwned.self)
        return all
    }()

    static func refusal<P: Payload>(_: P.Type, _ body: [UInt8]) -> MalformedEvent? {
        do throws(MalformedEvent) {
            _ = try P(json: JSONView(body))
            return nil
        } catch {
            return error
        }
    }
}
