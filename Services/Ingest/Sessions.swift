import Contracts
import Hummingbird
import NIOCore
import ServiceKit
import Shards

/// `POST /v1/sessions`: a visitor's token, and with it the id of the conversation that they may begin. Nothing is
/// appended, so it works when Kafka does not.
extension IngestService {
    private struct Answer: Encodable {
        var token: String
        var visitorId: String
        var conversationId: String
        var expiresAt: Timestamp
        /// Whether staff see what is typed, for the page to say so.
        var previews: Bool
        var dealership: Shop
    }

    /// What the widget shows of a dealership.
    private struct Shop: Encodable {
        var id: String
        var name: String
        var color: String?
        var greeting: String?
    }

    func addSessions(to router: Router<AppContext>) {
        router.post("v1/sessions") { request, context in
            // Held, so that the owner can be asked with the same request.
            var request = request
            request.body = RequestBody(buffer: ByteBuffer(bytes: try await request.bytes(upTo: Limits.bodyBytes)))
            let wish = try SessionWish(try await request.json(upTo: Limits.bodyBytes))
            guard let dealership = service.dealerships[wish.dealership] else {
                throw Problem(.notFound, "unknown-dealership", "dealership is unknown", field: "dealership")
            }
            try service.checkOrigin(request, dealership)
            guard let earlier = await earlier(wish, of: dealership) else {
                return try await answer(SessionIds(at: service.clock()), dealership)
            }
            return try await resume(earlier, request, context)
        }
    }

    /// A token that says nothing here, such as another dealership's or one of a withdrawn secret, is as none: the
    /// visitor gets a new session instead of a widget that cannot start.
    private func earlier(_ wish: SessionWish, of dealership: Dealership) async -> VisitorIdentity? {
        guard let token = wish.resume, let identity = try? await service.tokens.verifyExpired(token),
            identity.dealership.id == dealership.id
        else { return nil }
        return identity
    }

    /// Whoever has the dealership's state says whether the conversation is closed. If nobody can tell soon, it goes on:
    /// a message reopens it.
    private func resume(
        _ earlier: VisitorIdentity, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let answered = try? await within(Limits.resumeWait) {
            try await service.owned(earlier.dealership.id, request, context) { shard in
                let (id, dealership) = (earlier.conversationId, earlier.dealership)
                let conversation = try await shard.read { db in
                    try Threads().conversation(id, dealership: dealership.id, in: db)
                }
                let ids = SessionIds(
                    resuming: earlier, isClosed: conversation?.status == .closed, at: service.clock())
                return try await answer(ids, dealership)
            }
        }
        if let answered, answered.status == .created { return answered }
        let ids = SessionIds(resuming: earlier, isClosed: false, at: service.clock())
        return try await answer(ids, earlier.dealership)
    }

    private func answer(_ ids: SessionIds, _ dealership: Dealership) async throws -> Response {
        let (token, identity) = try await service.tokens.issue(
            dealership: dealership, visitorId: ids.visitorId, conversationId: ids.conversationId)
        return try Response.json(
            .created,
            Answer(
                token: token, visitorId: identity.visitorId, conversationId: identity.conversationId,
                expiresAt: identity.expiresAt, previews: dealership.previews,
                dealership: Shop(
                    id: dealership.id, name: dealership.name, color: dealership.color, greeting: dealership.greeting)))
    }
}

/// What a page asks for.
struct SessionWish: Equatable {
    var dealership: String
    var resume: String?

    /// - Throws: `MalformedEvent` naming the member.
    init(_ json: JSONView) throws(MalformedEvent) {
        dealership = try json.string("dealership")
        // For the page's own log of visits; beats say where a visitor is.
        _ = try json.optionalString("page")
        resume = try json.optionalString("resume")
    }
}

/// Who a session is for.
struct SessionIds: Equatable {
    var visitorId: String
    var conversationId: String

    /// A visitor nobody has seen.
    init(at now: Timestamp) {
        visitorId = "v-" + Identifier.timeOrdered(at: now)
        conversationId = "web-" + Identifier.timeOrdered(at: now)
    }

    /// The same visitor, and the same conversation until staff have closed it.
    init(resuming earlier: VisitorIdentity, isClosed: Bool, at now: Timestamp) {
        visitorId = earlier.visitorId
        conversationId = isClosed ? SessionIds(at: now).conversationId : earlier.conversationId
    }
}

/// Runs `body` for at most `limit`.
///
/// - Throws: `CancellationError` after that.
func within<T: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async throws -> T) async throws -> T {
    try await withThrowingTaskGroup(of: T.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit)
            throw CancellationError()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
