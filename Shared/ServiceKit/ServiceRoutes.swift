import HTTPTypes
import Hummingbird
import NIOCore
import Shards

extension Service {
    /// A router with the middleware and the routes that all services have; add the service's own and give it to `run`.
    ///
    /// - Parameter cors: which pages may call; by default those of `--allowed-origins`.
    public func makeRouter(cors: CORS? = nil) -> Router<AppContext> {
        let router = edge.makeRouter(cors: cors ?? CORS(origins: settings.allowedOrigins))
        addHealth(to: router)
        addOperations(to: router)
        return router
    }

    /// CORS for a service that customers' pages call: any dealership's origins; `visitor` then asks for the right one.
    public var dealershipCORS: CORS { CORS(origins: dealerships.origins) }

    private func addHealth(to router: Router<AppContext>) {
        // Restarting mends no broker and no disk: this only says that requests are answered and that the loop goes on.
        router.get("livez") { _, _ in
            guard let stuck = self.shards.busyFor, stuck > Limits.loopStuck else {
                return try Response.json(.ok, ["status": "live"])
            }
            return try Response.json(
                .serviceUnavailable,
                ["status": "stuck", "detail": "the loop has not asked for records for \(stuck.components.seconds) s"])
        }
        router.get("readyz") { _, _ in
            let reasons = await self.notReady()
            return try Response.json(
                reasons.isEmpty ? .ok : .serviceUnavailable, Readiness(ready: reasons.isEmpty, reasons: reasons))
        }
        router.get("status") { _, _ in
            let reasons = await self.notReady()
            return try Response.json(
                .ok,
                StatusReport(
                    service: self.settings.name, instance: self.settings.instance, version: Version.current,
                    startedAt: self.startedAt, ready: reasons.isEmpty, reasons: reasons,
                    shards: await self.shards.status(), sections: await self.board.all()))
        }
        router.get("metrics") { _, _ in
            await self.probes.run()
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: MetricsRegistry.shared.exposition())))
        }
    }

    private func addOperations(to router: Router<AppContext>) {
        router.get("v1/dead-letters") { request, _ in
            try await self.staff(request).require(.ops)
            let limit = try request.limit(default: Limits.deadLetters, maximum: 1_000)
            let place = request.query("cursor").map(DeadLetterPlace.init(_:))
            if let place, place == nil {
                throw Problem.badRequest("invalid-parameter", "cursor is none of ours", field: "cursor")
            }
            let letters = try await self.shards.deadLetters(after: place ?? nil, limit: limit + 1)
            guard letters.count > limit else { return try Response.json(.ok, Page(letters)) }
            let page = Array(letters.prefix(limit))
            return try Response.json(.ok, Page(page, next: page.last.map { DeadLetterPlace($0).description }))
        }
        router.post("v1/shards/:shard/resume") { request, context in
            try await self.staff(request).require(.ops)
            try await self.shards.resume(try self.shard(context))
            return Response(status: .accepted)
        }
        addRebuilds(to: router)
    }

    func shard(_ context: AppContext) throws -> Int32 {
        guard let shard = context.parameters.get("shard").flatMap({ Int32($0) }),
            (0..<shards.partitionCount).contains(shard)
        else { throw Problem.notFound("no such shard") }
        return shard
    }

    /// Why requests would fail here; empty when they would not.
    private func notReady() async -> [String] {
        var reasons = await board.why()
        let stuck = await shards.status().filter { ["halted", "holding", "stopped"].contains($0.state) }
        for shard in stuck {
            reasons.append("shard \(shard.shard) is \(shard.state): \(shard.detail ?? "see /status")")
        }
        if stuck.isEmpty { reasons += shards.unready }
        return reasons
    }
}

private struct Readiness: Encodable {
    var ready: Bool
    var reasons: [String]
}
