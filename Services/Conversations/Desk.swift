import Contracts
import GRDB
import Hummingbird
import ServiceKit
import Shards

/// What every handler needs: who asks, for which dealership, and its shard.
struct Desk: Sendable {
    let service: Service<ConversationsLogic>
    let drafts: Drafts
    var now: @Sendable () -> Timestamp { service.clock }

    static let unknownConversation = Problem.notFound("no such conversation")

    /// One request of one member of staff for one dealership, at the shard's owner.
    struct Visit: Sendable {
        let staff: Staff
        let dealership: String
        let shard: Shard
        /// When the token ends, and with it a stream.
        let expiresAt: Timestamp
        /// For the records that it appends.
        let correlation: Correlation

        /// Reads the conversation that the path names, and with it whatever `body` wants of the same snapshot.
        ///
        /// - Throws: a 404 problem for an unknown or foreign one.
        func conversation<T: Sendable>(
            _ context: AppContext, _ body: @escaping @Sendable (Conversation, Database) throws -> T
        ) async throws -> T {
            let id = try context.parameters.require("id")
            return try await shard.read { db in
                guard let conversation = try Threads().conversation(id, dealership: dealership, in: db) else {
                    throw Desk.unknownConversation
                }
                return try body(conversation, db)
            }
        }
    }

    /// What holds for texting from this dealership now.
    func terms(_ dealership: String) -> TextTerms {
        service.dealerships[dealership].map { TextTerms($0, at: now()) } ?? TextTerms()
    }

    /// Answers here if the dealership's shard is ours, otherwise through its owner.
    func serve(
        _ request: Request, _ context: AppContext, _ body: @escaping @Sendable (Visit) async throws -> Response
    ) async throws -> Response {
        let identity = try await service.staff(request)
        let dealership = try identity.dealership(request).id
        return try await service.owned(dealership, request, context) { shard in
            try await body(
                Visit(
                    staff: identity.staff, dealership: dealership, shard: shard, expiresAt: identity.expiresAt,
                    correlation: context.correlation))
        }
    }

    /// Appends and waits for the fold.
    ///
    /// - Throws: a 404 problem if the fold refused the record.
    func append(_ payload: some Payload, id: String? = nil, _ visit: Visit) async throws {
        let coordinates = try await visit.shard.append(event(payload, id: id, visit), to: .messages)
        if try await visit.shard.isDeadLetter(coordinates) { throw Desk.unknownConversation }
    }

    func event(_ payload: some Payload, id: String?, _ visit: Visit) -> Event {
        let now = self.now()
        return Event(
            payload, id: id ?? Identifier.timeOrdered(at: now), dealership: visit.dealership, service: "conversations",
            time: now, correlation: visit.correlation)
    }
}
