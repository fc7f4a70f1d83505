import Contracts
import GRDB
import Shards

/// `qualifications`: clicks, their outcomes, and the customers and deals that outcomes carry.
enum QualificationsFold {
    static func fold(_ event: Event, at offset: Int64, in db: Database) throws {
        switch event.type {
        case QualifyRequested.type: try requested(event, at: offset, in: db)
        case ConversationQualified.type: try qualified(event, at: offset, in: db)
        case QualifyDeclined.type: try declined(event, at: offset, in: db)
        default: throw UnknownEventType()
        }
    }

    /// The first click of a `requestId` counts; a later one is a repetition, whatever it says.
    private static func requested(_ event: Event, at offset: Int64, in db: Database) throws {
        let request = try event.payload(QualifyRequested.self)
        try db.cachedStatement(
            sql: """
                INSERT INTO requests (dealership, id, conversation, time, position, body, correlation_id, traceparent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            event.dealership, request.requestId, request.conversationId, event.time.milliseconds, offset,
            event.data.blob, event.correlation.id, event.correlation.trace?.description,
        ])
    }

    private static func qualified(_ event: Event, at offset: Int64, in db: Database) throws {
        let outcome = try event.payload(ConversationQualified.self)
        if let deal = outcome.deal, deal.dealershipId != event.dealership {
            throw MalformedEvent("invalid-field", "deal.dealershipId is not the event's dealership")
        }
        guard
            let position = try close(
                outcome.requestId, of: outcome.conversationId, as: .qualified, by: event, at: offset, in: db)
        else { return }
        try save(outcome.customer, of: event.dealership, at: position, in: db)
        try db.cachedStatement(
            sql: "INSERT INTO conversation_customers VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(arguments: [event.dealership, outcome.conversationId, outcome.customer.id])
        if let deal = outcome.deal {
            try save(deal, of: event, conversation: outcome.conversationId, at: position, in: db)
        }
    }

    private static func declined(_ event: Event, at offset: Int64, in db: Database) throws {
        let outcome = try event.payload(QualifyDeclined.self)
        _ = try close(outcome.requestId, of: outcome.conversationId, as: .declined, by: event, at: offset, in: db)
    }

    /// Gives a click its outcome: the first in topic order, for everybody.
    ///
    /// A broker that lost its tail may have lost the click and got the outcome that was on its way. The outcome is
    /// complete, other services have folded it, and its id can never be owed again: it counts without the click.
    ///
    /// - Returns: the click's position, or where it is lost the outcome's; `nil` if it has had its outcome.
    private static func close(
        _ requestId: String, of conversation: String, as outcome: Outcome, by event: Event, at offset: Int64,
        in db: Database
    ) throws -> Int64? {
        guard let request = try QualifyRequest.find(requestId, of: event.dealership, in: db) else {
            try db.cachedStatement(
                sql: """
                    INSERT INTO requests (dealership, id, conversation, time, position, outcome, answer)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                event.dealership, requestId, conversation, event.time.milliseconds, offset, outcome.rawValue,
                event.data.blob,
            ])
            return offset
        }
        guard request.conversation == conversation else {
            throw MalformedEvent("invalid-field", "conversationId is not the request's")
        }
        guard request.outcome == nil else { return nil }
        try db.cachedStatement(sql: "UPDATE requests SET outcome = ?, answer = ? WHERE dealership = ? AND id = ?")
            .execute(arguments: [outcome.rawValue, event.data.blob, event.dealership, requestId])
        return request.position
    }

    /// The customer as the newest click left it; an older click's outcome never takes a newer one's back.
    private static func save(
        _ customer: Customer, of dealership: String, at position: Int64, in db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO customers (dealership, id, first_name, last_name, emails, phones, search, position)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
                    emails = excluded.emails, phones = excluded.phones, search = excluded.search,
                    position = excluded.position
                WHERE excluded.position > customers.position
                """
        ).execute(arguments: [
            dealership, customer.id, customer.firstName, customer.lastName, TextList.join(customer.emails),
            TextList.join(customer.phones), SearchText.of(customer), position,
        ])
    }

    /// - Parameter outcome: the event that says it: what the announcement comes of.
    private static func save(
        _ deal: DealCreated, of outcome: Event, conversation: String, at position: Int64, in db: Database
    ) throws {
        let cause = outcome.consequence
        try db.cachedStatement(
            sql: """
                INSERT INTO deals (dealership, id, customer, position, body, correlation_id, causation_id, traceparent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            deal.dealershipId, deal.dealId, deal.customer.id, position, deal.encoded().blob, cause.id,
            cause.causationId, cause.trace?.description,
        ])
        try db.cachedStatement(
            sql: "INSERT INTO conversation_deals VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(arguments: [deal.dealershipId, conversation, deal.dealId, position])
    }
}
