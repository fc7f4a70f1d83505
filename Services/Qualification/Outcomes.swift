import Contracts
import Foundation
import GRDB
import Shards

/// What is owed to the clicks: an outcome each, strictly in topic order.
enum Outcomes {
    static func owe(_ ledger: Ledger) throws {
        for request in try QualifyRequest.open(limit: Limits.owedRecords, in: ledger.db) {
            do {
                let decision = try decision(on: request, in: ledger.db)
                let event = decision.event()
                try ledger.owe(.qualifications, id: event.id) { event }
            } catch let error as MalformedEvent {
                // A body that an earlier release folded and this one refuses costs its own click only.
                try ledger.owe(.qualifications, id: "\(request.id).undecided") { throw error }
            }
        }
    }

    static func decision(on request: QualifyRequest, in db: Database) throws -> QualificationDecision {
        guard let requested = try request.requested() else {
            throw MalformedEvent("missing-field", "a click without a body has had its outcome")
        }
        return QualificationDecision(
            dealership: request.dealership, request: requested, time: request.time,
            history: try history(before: request, in: db),
            correlation: request.correlation.caused(by: QualifyRequest.eventId(request.id)))
    }

    /// Only clicks that stand before this one: should a later click have its outcome already, it must not count.
    private static func history(
        before request: QualifyRequest, in db: Database
    ) throws -> QualificationDecision.History {
        let answers = try db.cachedStatement(
            sql: """
                SELECT answer FROM requests
                WHERE dealership = ? AND conversation = ? AND position < ? AND outcome = ?
                ORDER BY position DESC LIMIT 1
                """)
        let last = try Data.fetchOne(
            answers,
            arguments: [request.dealership, request.conversation, request.position, Outcome.qualified.rawValue])
        let deals = try db.cachedStatement(
            sql: """
                SELECT deal FROM conversation_deals WHERE dealership = ? AND conversation = ? AND position < ?
                ORDER BY position
                """)
        return QualificationDecision.History(
            customer: try last.map { try ConversationQualified(json: JSONView(Array(blob: $0))).customer },
            deals: try String.fetchAll(
                deals, arguments: [request.dealership, request.conversation, request.position]))
    }
}
