import Contracts
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kafka
import NIOCore
import Shards
import Testing

@testable import ServiceKit

@Suite struct ProblemTests {
    private func app() -> some ApplicationProtocol {
        edge { router, _ in
            router.post("v1/messages") { request, _ in
                let json = try await request.json(upTo: 64)
                return try Response.json(.created, ["text": try json.string("text")])
            }
            router.get("v1/things/:id") { _, _ in Response.noContent }
            router.get("fails") { _, _ -> Response in throw Unexpected() }
            router.get("unknown") { _, _ -> Response in throw ShardUnavailable(.unknownOutcome) }
            router.get("halted") { _, _ -> Response in throw ShardUnavailable(.halted("row 7 of Ann Smith")) }
            router.get("taken") { _, _ -> Response in
                throw Problem.conflict("already-qualified", "it has a deal", extras: ["dealId": "d1"])
            }
        }
    }

    private struct Unexpected: Error, CustomStringConvertible {
        var description: String { "secret detail" }
    }

    private let json: HTTPFields = [.contentType: "application/json; charset=utf-8"]

    @Test func unknownRouteIsAProblemWithTheCorrelationIdOfItsHeader() async throws {
        try await app().test(.router) { (client) async throws -> Void in
            try await client.execute(uri: "/nowhere", method: .get) { response in
                #expect(response.status == .notFound)
                let problem = try response.problem()
                #expect(problem.type == "urn:directchat:problem:not-found")
                #expect(problem.status == 404)
                #expect(problem.title == "Not Found")
                #expect(problem.correlationId.count == 26)
                #expect(response.headers[.correlationId] == problem.correlationId)
            }
        }
    }

    @Test func correlationIdIsTakenOnlyIfValid() async throws {
        try await app().test(.router) { (client) async throws -> Void in
            try await client.execute(uri: "/nowhere", method: .get, headers: [.correlationId: "call-17"]) { response in
                let problem = try response.problem()
                #expect(problem.correlationId == "call-17")
                #expect(response.headers[.correlationId] == "call-17")
            }
            try await client.execute(uri: "/livez", method: .get, headers: [.correlationId: "a b\"c"]) { response in
                #expect(response.headers[.correlationId]?.count == 26)
            }
        }
    }

    @Test func wrongMethodIs405WithWhatIsAllowed() async throws {
        try await app().test(.router) { (client) async throws -> Void in
            try await client.execute(uri: "/v1/things/7", method: .delete) { response in
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers[.allow] == "GET")
                let problem = try response.problem()
                #expect(problem.code == "method-not-allowed")
            }
        }
    }

    @Test func malformedBodyNamesTheField() async throws {
        try await app().test(.router) { (client) async throws -> Void in
            func post(_ body: String) async throws -> ProblemBody {
                try await client.execute(
                    uri: "/v1/messages", method: .post, headers: json, body: ByteBuffer(string: body)
                ) { response in
                    #expect(response.status == .badRequest)
                    return try response.problem()
                }
            }
            let missing = try await post("{}")
            #expect(missing.code == "missing-field" && missing.field == "text")
            let wrong = try await post(#"{"text": 7}"#)
            #expect(wrong.code == "invalid-field" && wrong.field == "text")
            #expect(try await post("{").code == "broken-json")
            #expect(try await post("").code == "not-an-object")
        }
    }

    @Test func bodyOverTheLimitIs413AndAnotherTypeIs415() async throws {
        let large = ByteBuffer(string: #"{"text":""# + String(repeating: "x", count: 100) + "\"}")
        try await app().test(.router) { (client) async throws -> Void in
            try await client.execute(uri: "/v1/messages", method: .post, headers: json, body: large) { response in
                #expect(response.status == .contentTooLarge)
                let problem = try response.problem()
                #expect(problem.detail.contains("64 bytes"))
            }
            try await client.execute(
                uri: "/v1/messages", method: .post, headers: [.contentType: "text/plain"],
                body: ByteBuffer(string: "{}")
            ) { response in
                #expect(response.status == .unsupportedMediaType)
            }
            try await client.execute(uri: "/v1/messages", method: .post, body: ByteBuffer(string: "{}")) { response in
                #expect(response.status == .unsupportedMediaType)
            }
        }
    }

    @Test func unexpectedErrorTellsOnlyTheCorrelationId() async throws {
        try await app().test(.router) { (client) async throws -> Void in
            try await client.execute(uri: "/fails", method: .get) { response in
                #expect(response.status == .internalServerError)
                #expect(!String(buffer: response.body).contains("secret"))
                let problem = try response.problem()
                #expect(problem.code == "internal")
            }
        }
    }

    @Test func unavailableShardSaysWhenToComeBack() async throws {
        try await app().test(.router) { (client) async throws -> Void in
            try await client.execute(uri: "/unknown", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "1")
                let problem = try response.problem()
                #expect(problem.detail == "unknown, repeat with the same id")
            }
            try await client.execute(uri: "/halted", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(!String(buffer: response.body).contains("Ann Smith"))
            }
        }
    }

    @Test func extrasAreMembers() async throws {
        try await app().test(.router) { (client) async throws -> Void in
            try await client.execute(uri: "/taken", method: .get) { response in
                #expect(response.status == .conflict)
                let problem = try response.problem()
                #expect(problem.dealId == "d1")
            }
        }
    }

    @Test func kafkaErrorsAreUnknownOutcomesUnlessFatal() {
        func error(fatal: Bool) -> KafkaError {
            KafkaError(
                code: -185, name: "_TIMED_OUT", reason: "", operation: "send", isRetriable: !fatal, isFatal: fatal)
        }
        #expect(Problem(any: error(fatal: false)) == .unknownOutcome)
        #expect(Problem(any: error(fatal: true)) == nil)
    }
}
