import Contracts
import GRDB
import HTTPTypes
import Hummingbird
import Metrics
import ServiceKit
import Shards

/// `POST /v1/qualifications`: appends the click, waits for its outcome, and answers from the state.
struct Clicks: Sendable {
    let service: Service<QualificationLogic>

    func add(to router: Router<AppContext>) {
        router.post("v1/qualifications") { request, context in try await qualify(request, context) }
    }

    private struct Qualified: Encodable {
        var customerId: String
        var dealId: String?
    }

    private func qualify(_ request: Request, _ context: AppContext) async throws -> Response {
        let staff = try await service.staff(request)
        let dealership = try staff.dealership(request)
        return try await service.owned(dealership.id, request, context) { shard in
            let click = try Click(json: try await request.json(upTo: Limits.bodyBytes))
            // A retry finds its click and appends nothing.
            let began = shard.instant
            if try await find(click, of: dealership, on: shard) == nil {
                try await append(click, by: staff.staff, of: dealership, on: shard, context.correlation)
            }
            let response = try await answer(click, of: dealership, on: shard)
            Metrics.Timer(label: "dc_qualify").record(duration: shard.instant - began)
            return response
        }
    }

    /// The click as folded; of clicks with the same id the first one.
    private func find(
        _ click: Click, of dealership: Dealership, on shard: Shard
    ) async throws -> QualifyRequest? {
        try await shard.read { try QualifyRequest.find(click.requestId, of: dealership.id, in: $0) }
    }

    private func append(
        _ click: Click, by staff: Staff, of dealership: Dealership, on shard: Shard, _ correlation: Correlation
    ) async throws {
        // The first message may be in the log and not here yet. Once it is, so that everything that the outcome
        // depends on is in the click, nobody who decides it has to know the messages.
        let known = try await shard.first(within: Limits.conversationWait) { db in
            try ConversationFacts.find(click.conversationId, of: dealership.id, in: db).map {
                (facts: $0, offset: try Shard.positions(db)[.messages] ?? 0)
            }
        }
        guard let known else { throw Problem.notFound("no such conversation") }
        let requested = QualifyRequested(
            requestId: click.requestId, conversationId: click.conversationId, channel: known.facts.channel,
            customer: click.customer, startNewDeal: click.startNewDeal, knownDeals: click.knownDeals,
            timeZone: dealership.timeZone, firstMessageAt: known.facts.firstMessageAt, messagesOffset: known.offset,
            by: staff)
        let event = Event(
            requested, id: QualifyRequest.eventId(click.requestId), dealership: dealership.id, service: "qualification",
            time: service.clock(), correlation: correlation)
        _ = try await shard.append(event, to: .qualifications)
    }

    private func answer(_ click: Click, of dealership: Dealership, on shard: Shard) async throws -> Response {
        guard let request = try await find(click, of: dealership, on: shard) else {
            // Our own validation let through what our own fold refuses; the dead letter says what.
            throw Problem(.internalServerError, "refused", "the click was refused by the log's readers")
        }
        let isSame = try request.requested().map(click.isSame) ?? (click.conversationId == request.conversation)
        guard isSame else { throw Problem.conflict("id-conflict", "this requestId belongs to another click") }
        let decided = try await shard.first(within: Limits.outcomeWait) { db in
            try QualifyRequest.find(click.requestId, of: dealership.id, in: db).flatMap { request in
                try request.answered()
            }
        }
        switch decided {
        case nil: throw Problem.unknownOutcome
        case .qualified(let outcome):
            return try Response.json(
                .created, Qualified(customerId: outcome.customer.id, dealId: outcome.deal?.dealId))
        case .declined(let outcome):
            throw Problem.conflict(
                outcome.reason, "the conversation has a deal that the click did not know",
                extras: outcome.dealId.map { ["dealId": $0] } ?? [:])
        }
    }
}
