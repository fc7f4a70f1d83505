import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Logging

extension HTTPField.Name {
    static let correlationId = named("X-Correlation-Id")
    /// Set on a request that an instance sent on to a shard's owner.
    static let hop = named("X-DirectChat-Hop")
    static let lastEventId = named("Last-Event-ID")
    static let contentTypeOptions = named("X-Content-Type-Options")
    static let referrerPolicy = named("Referrer-Policy")
    static let accelBuffering = named("X-Accel-Buffering")

    private static func named(_ name: String) -> HTTPField.Name {
        // These names are tokens, the only thing that can be refused.
        HTTPField.Name(name) ?? .from
    }
}

/// Outermost: gives the request its id and its place in a trace, and every answer that id and the headers that all have.
struct CorrelationMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let given = request.headers[.correlationId]
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        context.correlationId = given.flatMap { Identifier.isValid($0) ? $0 : nil } ?? Identifier.timeOrdered(at: now)
        // Each instance that a request passes is a span of its own.
        let trace = request.headers[.traceparent].flatMap { Traceparent($0) }?.child() ?? .random()
        context.trace = trace
        context.logger[metadataKey: "correlationId"] = "\(context.correlationId)"
        context.logger[metadataKey: "traceId"] = "\(trace.traceId)"
        context.logger[metadataKey: "spanId"] = "\(trace.spanId)"
        var response = try await next(request, context)
        response.headers[.correlationId] = context.correlationId
        response.headers[.contentTypeOptions] = "nosniff"
        if response.headers[.referrerPolicy] == nil { response.headers[.referrerPolicy] = "no-referrer" }
        return response
    }
}
