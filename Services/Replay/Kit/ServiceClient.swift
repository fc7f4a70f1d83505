import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import ServiceKit

/// Asks the services what only they know, with a staff token of role `ops`.
struct ServiceClient: Sendable {
    /// Follows that of `LogOptions`.
    static let environmentHelp = """
          DIRECTCHAT_OPS_TOKEN, else OPS_TOKEN: a staff token with the role ops, as `compose/token --role ops` makes \
        them.
        """

    /// What a service answers where it does not do what it was asked: RFC 9457.
    struct Problem: Error, Decodable, CustomStringConvertible {
        var status: UInt
        var code: String
        var detail: String

        var description: String { "\(detail) (\(code), \(status))" }
        /// Nobody has the shard at this moment, or the instance is going: the same question again may be answered.
        var isPassing: Bool { status == 503 }
        /// The service will say the same again.
        var isRefusal: Bool { (400..<500).contains(status) }
    }

    private let http: HTTPClient
    private let token: String

    /// - Throws: `Refusal` without a token.
    static func with<T>(_ session: Session, _ body: (Self) async throws -> T) async throws -> T {
        let environment = session.environment
        guard let token = environment("DIRECTCHAT_OPS_TOKEN") ?? environment("OPS_TOKEN") else {
            throw Refusal(
                "services tell this only to the role ops: set DIRECTCHAT_OPS_TOKEN to a staff token with it "
                    + "(compose/token --role ops makes one; `source .run/env` has OPS_TOKEN)")
        }
        let client = Self(token)
        do {
            let result = try await body(client)
            try await client.http.shutdown()
            return result
        } catch {
            try? await client.http.shutdown()
            throw error
        }
    }

    private init(_ token: String) {
        self.token = token
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Limits.connectSeconds), read: .seconds(Limits.answerSeconds)))
        configuration.httpVersion = .http1Only
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func get<Answer: Decodable>(_ url: String, as type: Answer.Type) async throws -> Answer {
        try await ask(url, .GET, type)
    }

    func post<Answer: Decodable>(_ url: String, as type: Answer.Type) async throws -> Answer {
        try await ask(url, .POST, type)
    }

    /// - Throws: `Problem` as the service says it, `Refusal` where it takes no such token; the client's error where
    ///   none answers.
    private func ask<Answer: Decodable>(_ url: String, _ method: HTTPMethod, _: Answer.Type) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        let response = try await http.execute(request, deadline: .now() + .seconds(Limits.answerSeconds))
        let bytes = Data(try await response.body.collect(upTo: Limits.answerBytes).readableBytesView)
        let status = response.status.code
        if (200..<300).contains(status) { return try JSONDecoder().decode(Answer.self, from: bytes) }
        let problem =
            (try? JSONDecoder().decode(Problem.self, from: bytes))
            ?? Problem(
                status: status, code: "no-problem", detail: "\(url) answers \(status) and not as a service of ours")
        guard status != 401, status != 403 else {
            throw Refusal(
                "\(url) does not accept the token: it must have the role ops, an exp that is not over, and be signed "
                    + "with this deployment's key: \(problem)")
        }
        throw problem
    }
}
