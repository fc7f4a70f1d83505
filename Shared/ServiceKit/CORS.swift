import HTTPTypes
import Hummingbird

/// Which pages may call the service: exact origins, never a wildcard.
public struct CORS: RouterMiddleware {
    private let isAllowed: @Sendable (String) -> Bool

    public init(isAllowed: @escaping @Sendable (String) -> Bool) {
        self.isAllowed = isAllowed
    }

    public init(origins: Set<String>) {
        self.init { origins.contains($0) }
    }

    public func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin] else {
            var response = try await next(request, context)
            vary(&response)
            return response
        }
        let isFine = isAllowed(origin)
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            var response = Response(status: isFine ? .noContent : .forbidden)
            vary(&response)
            guard isFine else { return response }
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlAllowMethods] = "GET, POST, PUT, DELETE"
            response.headers[.accessControlAllowHeaders] =
                "Authorization, Content-Type, Last-Event-ID, X-Correlation-Id, traceparent, tracestate"
            response.headers[.accessControlMaxAge] = "600"
            return response
        }
        // A refused origin still gets its answer: the browser hides it from the page, and the token decides.
        var response = try await next(request, context)
        vary(&response)
        if isFine {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlExposeHeaders] = "X-Correlation-Id, Retry-After"
        }
        return response
    }

    private func vary(_ response: inout Response) {
        let others = response.headers[.vary].map { "\($0), " } ?? ""
        response.headers[.vary] = others + "Origin"
    }
}
