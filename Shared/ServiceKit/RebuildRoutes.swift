import Hummingbird
import Shards

extension Service {
    /// `POST /v1/shards/{p}/rebuild`, `/verify` and `/swap`, and `GET …/rebuild` for how far they are. Any instance
    /// takes them and passes them on to the shard's owner.
    func addRebuilds(to router: Router<AppContext>) {
        router.post("v1/shards/:shard/rebuild") { request, context in
            let anew = request.query("anew") == "true"
            return try await self.asOps(request, context) {
                try Response.json(.accepted, try await self.shards.rebuild($0, anew: anew))
            }
        }
        router.get("v1/shards/:shard/rebuild") { request, context in
            let unmask = request.query("unmask") == "true"
            return try await self.asOps(request, context) {
                let report = try await self.shards.rebuildReport($0)
                return try Response.json(.ok, unmask ? report : report.masked())
            }
        }
        router.post("v1/shards/:shard/verify") { request, context in
            try await self.asOps(request, context) {
                try Response.json(.accepted, try await self.shards.verify($0))
            }
        }
        router.post("v1/shards/:shard/swap") { request, context in
            try await self.asOps(request, context) { try Response.json(.ok, try await self.shards.swap($0)) }
        }
    }

    private func asOps(
        _ request: Request, _ context: AppContext, _ body: (Int32) async throws -> Response
    ) async throws -> Response {
        try await staff(request).require(.ops)
        do {
            return try await body(try shard(context))
        } catch let error as ShardUnavailable {
            return try await proxy.answer(error, request, context)
        }
    }
}
