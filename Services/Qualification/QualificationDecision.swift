import Contracts

/// The answer to one click: a function of the click and of the outcomes of the clicks before it, never of messages, a
/// clock or who asks, so that an owner that lost its shard and does not know it writes the same bytes.
struct QualificationDecision {
    /// What the clicks before this one made of its conversation.
    struct History: Equatable {
        var customer: Customer?
        /// Oldest first.
        var deals: [String] = []
    }

    let dealership: String
    let request: QualifyRequested
    /// The click's event time.
    let time: Timestamp
    let history: History
    /// The click's, and that the click caused it.
    var correlation = Correlation.none

    /// The outcome's event.
    func event() -> Event {
        if let deal = unknownDeal {
            let declined = QualifyDeclined(
                requestId: request.requestId, conversationId: request.conversationId,
                reason: QualifyDeclined.alreadyQualified, dealId: deal)
            return event(declined, id: "\(request.requestId).declined")
        }
        return event(qualified, id: "\(request.requestId).qualified")
    }

    private func event(_ payload: some Payload, id: String) -> Event {
        Event(
            payload, id: id, dealership: dealership, service: "qualification", time: time, correlation: correlation)
    }

    /// The newest deal that the click's screen did not show, if it said which it showed.
    private var unknownDeal: String? {
        guard let known = request.knownDeals else { return nil }
        return history.deals.last { !known.contains($0) }
    }

    private var qualified: ConversationQualified {
        ConversationQualified(
            requestId: request.requestId, conversationId: request.conversationId, customer: customer,
            deal: request.startNewDeal ? deal : nil, messagesOffset: request.messagesOffset, by: request.by)
    }

    /// The conversation's customer, whoever clicks.
    var customerId: String {
        history.customer?.id ?? Identifier.derived("customer", dealership, request.conversationId)
    }

    /// The newest click's names; every address and number that any click gave, newest first.
    private var customer: Customer {
        let entry = request.customer
        return Customer(
            id: customerId,
            firstName: entry.firstName, lastName: entry.lastName,
            emails: Self.adding(entry.email, to: history.customer?.emails ?? []),
            phones: Self.adding(entry.phone, to: history.customer?.phones ?? []))
    }

    private static func adding(_ newest: String?, to known: [String]) -> [String] {
        guard let newest else { return known }
        return [newest] + known.filter { $0 != newest }
    }

    private var deal: DealCreated {
        DealCreated(
            dealId: Identifier.derived("deal", dealership, request.requestId), dealershipId: dealership,
            createdAt: time, timeZone: request.timeZone,
            source: DealSource(
                type: DealSource.chatType, description: DealSource.chatDescription,
                channel: request.channel.rawValue, conversationId: request.conversationId),
            customer: customer, createdBy: request.by, firstMessageAt: request.firstMessageAt, qualifiedAt: time)
    }
}
