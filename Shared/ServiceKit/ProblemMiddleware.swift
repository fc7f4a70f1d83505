import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// Turns whatever a handler throws into a problem, and notes every request. Of an unexpected error only the log tells more,
/// and the client learns no more than its correlation id.
final class ProblemMiddleware: RouterMiddleware {
    private let routes = Mutex<[(path: RouterPath, method: HTTPRequest.Method)]>([])

    /// To tell a wrong method from an unknown path; known only once all routes are there.
    func know(_ routes: [(path: RouterPath, method: HTTPRequest.Method)]) {
        self.routes.withLock { $0 = routes }
    }

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        let began = ContinuousClock.now
        var refused: Problem?
        let response: Response
        do {
            response = try await next(request, context)
        } catch {
            let problem = problem(error, request, context)
            refused = problem
            response = problem.response(correlationId: context.correlationId)
        }
        RequestNote(
            method: request.method, route: context.endpointPath, status: Int(response.status.code),
            code: refused?.code, duration: .now - began
        ).record(context.logger)
        return response
    }

    private func problem(_ error: any Error, _ request: Request, _ context: AppContext) -> Problem {
        if let error = error as? HTTPError, error.status == .notFound, let problem = wrongMethod(request) {
            return problem
        }
        if let problem = Problem(any: error) { return problem }
        context.logger.error(
            "request failed",
            metadata: [
                "method": "\(request.method)", "route": "\(context.endpointPath ?? "")",
                "error": "\(String(reflecting: type(of: error)))", "detail": "\(error)",
            ])
        return Problem(.internalServerError, "internal", "an unexpected error; it has been logged")
    }

    private func wrongMethod(_ request: Request) -> Problem? {
        let path = request.uri.path.split(separator: "/")
        let allowed = routes.withLock { routes in
            routes.filter { route in
                route.path.count == path.count && zip(route.path, path).allSatisfy { $0 ~= $1 }
            }.map(\.method.rawValue)
        }
        guard !allowed.isEmpty, !allowed.contains(request.method.rawValue) else { return nil }
        return Problem(
            .methodNotAllowed, "method-not-allowed", "\(request.method) is not what this takes",
            headers: [.allow: Set(allowed).sorted().joined(separator: ", ")])
    }
}
