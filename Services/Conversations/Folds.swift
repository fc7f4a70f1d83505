import Contracts
import GRDB
import Shards

/// What staff did, for the timeline. Only for events that `Threads` found to change something.
enum StaffEventsFold {
    static func apply(_ event: Event, at offset: Int64, in db: Database) throws {
        let (conversation, by, to): (String, Staff, Staff?)
        switch event.type {
        case ConversationAssigned.type:
            let assigned: ConversationAssigned = try event.payload()
            (conversation, by, to) = (assigned.conversationId, assigned.by, assigned.to)
        case ConversationIgnored.type: (conversation, by, to) = try status(ConversationIgnored.self, event)
        case ConversationClosed.type: (conversation, by, to) = try status(ConversationClosed.self, event)
        case ConsentChanged.type:
            let change: ConsentChanged = try event.payload()
            (conversation, by, to) = (change.conversationId, change.by, nil)
        case ConversationReopened.type: (conversation, by, to) = try status(ConversationReopened.self, event)
        // Replies are in the timeline as messages, and that something was read is no news.
        default: return
        }
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO staff_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)").execute(
            arguments: [
                offset, conversation, event.id, event.type, event.time.milliseconds, by.id, by.name, to?.id, to?.name,
            ])
    }

    private static func status<E: StatusEvent>(_: E.Type, _ event: Event) throws -> (String, Staff, Staff?) {
        let status: E = try event.payload()
        return (status.conversationId, status.by, nil)
    }
}

/// Customers and deals, from the outcomes of clicks. The first outcome of a click in topic order counts.
enum QualificationsFold {
    static func apply(_ event: Event, at offset: Int64, in db: Database) throws {
        switch event.type {
        case ConversationQualified.type: try qualified(event.payload(), event, offset, db)
        case QualifyDeclined.type: try declined(event.payload(), event, offset, db)
        // A question, not yet an outcome.
        case QualifyRequested.type: break
        default: throw UnknownEventType()
        }
    }

    private static func qualified(
        _ qualified: ConversationQualified, _ event: Event, _ offset: Int64, _ db: Database
    ) throws {
        let customer = qualified.customer
        let name = [customer.firstName, customer.lastName].filter { !$0.isEmpty }.joined(separator: " ")
        try db.cachedStatement(
            sql: "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        ).execute(arguments: [
            offset, event.dealership, qualified.requestId, qualified.conversationId, event.id, event.type,
            event.time.milliseconds, qualified.messagesOffset, qualified.by.id, qualified.by.name, customer.id, name,
            qualified.deal?.dealId,
        ])
        guard db.changesCount > 0 else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (dealership, conversation) DO UPDATE SET
                    customer = excluded.customer, name = excluded.name, emails = excluded.emails,
                    phones = excluded.phones, search = excluded.search, deal = coalesce(excluded.deal, deal), changed = excluded.changed
                """
        ).execute(arguments: [
            event.dealership, qualified.conversationId, customer.id, name, customer.emails.joined(separator: "\n"),
            customer.phones.joined(separator: "\n"), Search.text(of: customer), qualified.deal?.dealId, offset,
        ])
    }

    /// Kept so that a later outcome of the same click does not count.
    private static func declined(
        _ declined: QualifyDeclined, _ event: Event, _ offset: Int64, _ db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO outcomes ("offset", dealership, request, conversation, event_id, type, at)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [
            offset, event.dealership, declined.requestId, declined.conversationId, event.id, event.type,
            event.time.milliseconds,
        ])
    }
}

/// The latest presence of each visitor, as presence said it; whether it still holds is for the reader's clock.
enum PresenceFold {
    static func apply(_ event: Event, at offset: Int64, in db: Database) throws {
        guard event.type == PresenceChanged.type else { throw UnknownEventType() }
        let presence: PresenceChanged = try event.payload()
        try db.cachedStatement(
            sql: """
                INSERT INTO presence VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (dealership, conversation) DO UPDATE SET
                    state = excluded.state, until = excluded.until, page = excluded.page, "offset" = excluded."offset"
                """
        ).execute(arguments: [
            event.dealership, presence.conversationId, presence.state.rawValue, presence.until?.milliseconds,
            presence.page, offset,
        ])
    }
}
