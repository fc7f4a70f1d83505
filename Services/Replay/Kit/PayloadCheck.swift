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
        let decode = kept[event.type] ?? decisions[event.type] ?? passing[event.type]
        guard let decode else { return .unknownType }
        return decode(event.data).map(Result.refused) ?? .accepted
    }

    /// Of an event that is to be folded from a kept topic.
    static func ofKept(_ event: Event) -> Result {
        kept[event.type] == nil ? .unknownType : of(event)
    }

    static var types: Set<String> { Set(kept.keys).union(decisions.keys).union(passing.keys) }

    private typealias Decoders = [String: @Sendable ([UInt8]) -> MalformedEvent?]

    private static let kept: Decoders = {
        var all: Decoders = [:]
        add(MessageReceived.self, to: &all)
        add(MessageSent.self, to: &all)
        add(MessageStatus.self, to: &all)
        add(MessageMedia.self, to: &all)
        add(ConsentChanged.self, to: &all)
        add(ConversationRead.self, to: &all)
        add(ConversationAssigned.self, to: &all)
        add(ConversationIgnored.self, to: &all)
        add(ConversationClosed.self, to: &all)
        add(ConversationReopened.self, to: &all)
        add(QualifyRequested.self, to: &all)
        add(ConversationQualified.self, to: &all)
        add(QualifyDeclined.self, to: &all)
        add(DealCreated.self, to: &all)
        return all
    }()

    /// Kept too, and about a record instead of a dealership.
    private static let decisions: Decoders = {
        var all: Decoders = [:]
        add(DeadLetterAmended.self, to: &all)
        add(DeadLetterDiscarded.self, to: &all)
        return all
    }()

    private static let passing: Decoders = {
        var all: Decoders = [:]
        add(PresenceChanged.self, to: &all)
        add(VisitBeat.self, to: &all)
        add(VisitLeft.self, to: &all)
        add(DraftChanged.self, to: &all)
        add(AgentTyping.self, to: &all)
        add(ShardOwned.self, to: &all)
        return all
    }()

    private static func add<P: Payload>(_: P.Type, to all: inout Decoders) {
        all[P.type] = { refusal(P.self, $0) }
    }

    static func refusal<P: Payload>(_: P.Type, _ body: [UInt8]) -> MalformedEvent? {
        do throws(MalformedEvent) {
            _ = try P(json: JSONView(body))
            return nil
        } catch {
            return error
        }
    }
}
