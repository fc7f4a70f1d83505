import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Asks the services what only they know, with a staff token of role `ops`.
struct ServiceClient: Sendable {
    static let tokenVariable = "DIRECTCHAT_STAFF_TOKEN"

    /// What a service answers where it does not do what it was asked: RFC 9457.
    struct Problem: Error, Decodable, CustomStringConvertible {
        var status: UInt
        var code: String
        var detail: String

        var description: String { "\(detail) (\(code), \(status))" }
        /// Nobody has the shard at this moment, or the instance is going: the same question again may be answered.
        var isPassing: Bool { status == 503 }
    }

    private let http: HTTPClient
    private let token: String

    /// - Throws: `Refusal` without a token.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        guard let token = environment[Self.tokenVariable], !token.isEmpty else {
            throw Refusal(
                "\(Self.tokenVariable) is not set: a staff token of role ops, as `compose/token --role ops` prints one")
        }
        self.token = token
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Limits.connectSeconds), read: .seconds(Limits.answerSeconds)))
        configuration.httpVersion = .http1Only
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async {
        try? await http.shutdown()
    }

    func get<Answer: Decodable>(_ url: String, as type: Answer.Type) async throws -> Answer {
        try await ask(url, .GET, type)
    }

    func post<Answer: Decodable>(_ url: String, as type: Answer.Type) async throws -> Answer {
        try await ask(url, .POST, type)
    }

    /// - Throws: `Problem` as the service says it; the client's error where none answers.
    private func ask<Answer: Decodable>(_ url: String, _ method: HTTPMethod, _: Answer.Type) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        let response = try await http.execute(request, deadline: .now() + .seconds(Limits.answerSeconds))
        let bytes = Data(try await response.body.collect(upTo: Limits.answerBytes).readableBytesView)
        guard (200..<300).contains(response.status.code) else {
            if let problem = try? JSONDecoder().decode(Problem.self, from: bytes) { throw problem }
            throw Problem(
                status: response.status.code, code: "no-problem",
                detail: "\(url) answers \(response.status.code) and not as a service of ours")
        }
        return try JSONDecoder().decode(Answer.self, from: bytes)
    }
}
