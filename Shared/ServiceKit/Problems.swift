import Contracts
import HTTPTypes
import Hummingbird
import Kafka
import NIOCore
import Shards

/// The problems that every service has, and how errors of the modules below become problems.
extension Problem {
    public static func badRequest(_ code: String, _ detail: String, field: String? = nil) -> Problem {
        Problem(.badRequest, code, detail, field: field)
    }

    /// Also for what is another dealership's: whether it exists is nobody else's business.
    public static func notFound(_ detail: String = "there is nothing here") -> Problem {
        Problem(.notFound, "not-found", detail)
    }

    public static func unauthorized(_ code: String, _ detail: String) -> Problem {
        Problem(.unauthorized, code, detail, headers: [.wwwAuthenticate: "Bearer"])
    }

    public static func forbidden(_ code: String, _ detail: String) -> Problem {
        Problem(.forbidden, code, detail)
    }

    public static func conflict(_ code: String, _ detail: String, extras: [String: String] = [:]) -> Problem {
        Problem(.conflict, code, detail, extras: extras)
    }

    public static func unprocessable(_ code: String, _ detail: String, field: String? = nil) -> Problem {
        Problem(.unprocessableContent, code, detail, field: field)
    }

    public static func tooManyRequests(_ detail: String, retryAfterSeconds: Int) -> Problem {
        Problem(.tooManyRequests, "too-many-requests", detail, retryAfterSeconds: retryAfterSeconds)
    }

    public static func unavailable(_ code: String, _ detail: String) -> Problem {
        Problem(.serviceUnavailable, code, detail, retryAfterSeconds: Limits.retryAfterSeconds)
    }

    /// A write whose outcome nobody knows.
    public static let unknownOutcome = Problem.unavailable("unknown-outcome", "unknown, repeat with the same id")

    static func tooLarge(_ bytes: Int) -> Problem {
        Problem(.contentTooLarge, "body-too-large", "the body is larger than \(bytes) bytes")
    }

    init(_ error: MalformedEvent) {
        let isField = error.reason.hasSuffix("-field")
        self.init(
            .badRequest, error.reason, error.detail,
            // The reader's detail begins with the member's path.
            field: isField ? error.detail.split(separator: " ").first.map(String.init) : nil)
    }

    public init(_ error: ShardUnavailable) {
        switch error.reason {
        case .elsewhere: self = .unavailable("moved", "the shard is served elsewhere now")
        case .nobody: self = .unavailable("no-owner", "nobody serves this dealership at the moment")
        case .restoring: self = .unavailable("restoring", "this dealership's state is being restored")
        // Why is for the operators, in /status.
        case .halted: self = .unavailable("halted", "this dealership's state is halted")
        case .closed: self = .unavailable("moved", "the shard has moved, repeat with the same id")
        case .unknownOutcome: self = .unknownOutcome
        }
    }

    /// Nil for what is nobody's business but the log's: a 500.
    init?(any error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as MalformedEvent: self.init(error)
        case let error as RebuildRefused: self = .conflict(error.code, error.description)
        case let error as ShardUnavailable: self.init(error)
        case let error as KafkaError where !error.isFatal: self = .unknownOutcome
        case is NIOTooManyBytesError: self = .tooLarge(Limits.bodyBytes)
        case let error as HTTPError where error.status == .notFound: self = .notFound()
        case let error as HTTPError where error.status.code < 500:
            self.init(error.status, "bad-request", error.body ?? error.status.reasonPhrase, headers: error.headers)
        case is CancellationError: self = .unavailable("stopping", "the request was cut short")
        default: return nil
        }
    }
}
