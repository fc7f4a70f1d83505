import Contracts
import GRDB
import Hummingbird
import ServiceKit
import Shards

/// Deals and customers, of the token's dealership only.
struct Reads: Sendable {
    let service: Service<QualificationLogic>

    func add(to router: Router<AppContext>) {
        router.get("v1/deals") { request, context in try await deals(request, context) }
        router.get("v1/deals/:id") { request, context in
            try await one(request, context, "no such deal") { try DealView.find($0, of: $1, in: $2) }
        }
        router.get("v1/customers/:id") { request, context in
            try await one(request, context, "no such customer") { try CustomerView.find($0, of: $1, in: $2) }
        }
    }

    private func one<View: Encodable & Sendable>(
        _ request: Request, _ context: AppContext, _ missing: String,
        _ find: @escaping @Sendable (_ id: String, _ dealership: String, Database) throws -> View?
    ) async throws -> Response {
        let dealership = try await service.staff(request).dealership(request)
        let id = context.parameters.get("id") ?? ""
        return try await service.owned(dealership.id, request, context) { shard in
            let view = try await shard.first(within: Limits.readWait) { try find(id, dealership.id, $0) }
            guard let view else { throw Problem.notFound(missing) }
            return try Response.json(.ok, view)
        }
    }

    private func deals(_ request: Request, _ context: AppContext) async throws -> Response {
        let dealership = try await service.staff(request).dealership(request)
        let query = try query(request)
        return try await service.owned(dealership.id, request, context) { shard in
            let (deals, next) = try await shard.read { try DealView.list(query, of: dealership.id, in: $0) }
            return try Response.json(.ok, Page(deals, next: next.map(String.init)))
        }
    }

    private func query(_ request: Request) throws -> DealView.Query {
        var query = DealView.Query(
            conversation: request.query("conversation"),
            limit: try request.limit(default: Limits.pageItems, maximum: Limits.maximumPageItems))
        if let text = try request.search() {
            let search = SearchText.asked(text)
            query.search = search.isEmpty ? nil : search
        }
        if let text = request.query("cursor") {
            guard let position = Int64(text), position >= 0 else {
                throw Problem.badRequest("invalid-parameter", "cursor is none that a list gave", field: "cursor")
            }
            query.before = position
        }
        return query
    }
}
