import HTTPTypes
import Logging
import Metrics

/// One answered request, for the log and the metrics: a line for each that changes something or was refused.
struct RequestNote {
    let method: HTTPRequest.Method
    /// The route's pattern, never what stands in its place: that may be a conversation's id. Nil where there is none.
    let route: String?
    let status: Int
    /// The problem's.
    let code: String?
    let duration: Duration

    /// Asked every few seconds by machines, or sent with every key and beat: seen by whoever wants to see all.
    private static let quiet: Set<String> = [
        "/livez", "/readyz", "/metrics", "/status", "/v1/draft", "/v1/beats", "/v1/conversations/{id}/typing",
    ]
    /// Others are what a client made up, and must not become a label.
    private static let methods: Set<HTTPRequest.Method> = [.get, .post, .put, .delete, .head, .options, .patch]

    /// Hummingbird names a route that there is not so.
    private var path: String {
        guard let route, route != "NotFound" else { return "none" }
        return route.hasPrefix("/") ? route : "/" + route
    }

    var level: Logger.Level {
        guard !["/livez", "/readyz", "/metrics", "/status"].contains(path) else { return .debug }
        if status >= 400 { return .info }
        return method == .get || Self.quiet.contains(path) ? .debug : .info
    }

    func record(_ logger: Logger) {
        let method = Self.methods.contains(method) ? method.rawValue : "other"
        Counter(
            label: "dc_http_requests", dimensions: [("method", method), ("route", path), ("status", "\(status)")]
        ).increment()
        Timer(label: "dc_http_request", dimensions: [("route", path)]).record(duration: duration)
        var metadata: Logger.Metadata = [
            "method": "\(method)", "route": "\(path)", "status": "\(status)",
            "durationMs": "\(duration.milliseconds)",
        ]
        if let code { metadata["code"] = "\(code)" }
        logger.log(level: level, "request", metadata: metadata)
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
