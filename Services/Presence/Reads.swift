import Contracts
import Hummingbird
import ServiceKit
import Shards

/// `GET /v1/presence?conversation=`: what was announced, as every reader of the topic shows it.
struct Reads: Sendable {
    let service: Service<PresenceLogic>

    func add(to router: Router<AppContext>) {
        router.get("v1/presence") { request, context in try await presence(request, context) }
    }

    private func presence(_ request: Request, _ context: AppContext) async throws -> Response {
        let dealership = try await service.staff(request).dealership(request)
        guard let conversation = request.query("conversation") else {
            throw Problem.badRequest("missing-parameter", "conversation is required", field: "conversation")
        }
        let visit = Visit(dealership: dealership.id, conversation: conversation)
        return try await service.owned(dealership.id, request, context) { shard in
            let announced = try await shard.read { try Announcement.find(visit, in: $0) }
            return try Response.json(.ok, PresenceView(visit, announced, at: service.clock()))
        }
    }
}

/// Which conversations there are is not known here: one that is not the dealership's is `unknown`, as one that never
/// beat.
struct PresenceView: Codable, Equatable {
    var conversationId: String
    var state: PresenceState
    var until: Timestamp?
    var page: String?

    init(_ visit: Visit, _ announced: Announcement?, at now: Timestamp) {
        conversationId = visit.conversation
        state = announced?.state(at: now) ?? .unknown
        guard state != .unknown else { return }
        until = announced?.until
        page = announced?.page
    }
}
