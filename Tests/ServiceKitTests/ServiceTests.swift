import ArgumentParser
import Contracts
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kafka
import NIOCore
import Shards
import Testing

@testable import ServiceKit

/// A service with a broker that does not answer: what is served all the same.
@Suite struct ServiceTests {
    private struct NoLogic: ShardLogic {
        let service = "test"
        let schemaVersion = 1
        let lead = Feed.kept(.messages)
        let follows: [Feed] = []
        let canonicalTables: [String] = []
        func createTables(_ db: Database) throws {}
        func forget(_ topic: Topic, in db: Database) throws {}
        func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {}
    }

    private let folder: TemporaryFolder
    private let service: Service<NoLogic>

    init() throws {
        folder = try TemporaryFolder()
        let path = try folder.write(
            """
            [{"id": "aspen", "name": "Aspen", "timeZone": "America/Denver", "smsNumbers": [],
              "origins": ["https://www.aspen.example"]},
             {"id": "birch", "name": "Birch", "timeZone": "America/Denver", "smsNumbers": [],
              "origins": ["https://birch.example"]}]
            """, to: "dealerships.json")
        let environment = [
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DIRECTCHAT_DEALERSHIPS": path,
            "DIRECTCHAT_STAFF_JWT_SECRET": String(decoding: staffSecret.bytes, as: UTF8.self),
            "DIRECTCHAT_VISITOR_SECRET": String(decoding: visitorSecret.bytes, as: UTF8.self),
            "DIRECTCHAT_DATA_DIR": folder.url.appending(path: "data").path,
        ]
        let settings = try ServiceSettings(
            name: "test", port: 23_001, options: ServiceOptions.parse([]), environment: EnvironmentLookup(environment))
        service = try Service(settings: settings, logic: NoLogic(), logger: quiet, clock: { noon })
    }

    private func run(_ body: @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let router = service.makeRouter(cors: service.dealershipCORS)
        let service = service
        router.get("state") { request, context in
            try await service.owned("aspen", request, context) { _ in Response.noContent }
        }
        router.get("me") { request, _ in try Response.json(.ok, ["id": try await service.visitor(request).visitorId]) }
        let app = service.edge.application(router, host: "127.0.0.1", port: 0, logger: quiet)
        try await app.test(.router) { try await body($0) }
    }

    @Test func liveWithoutABrokerButNotReady() async throws {
        service.addReadiness { "the spool is full" }
        try await run { (client) async throws -> Void in
            try await client.execute(uri: "/livez", method: .get) { #expect($0.status == .ok) }
            try await client.execute(uri: "/readyz", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                let text = String(buffer: response.body)
                #expect(text.contains("the consumer group has not been joined") && text.contains("the spool is full"))
            }
            try await client.execute(uri: "/state", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "1")
                let problem = try response.problem()
                #expect(problem.code == "no-owner")
            }
        }
    }

    @Test func whatIsMeasuredIsMeasuredForWhoeverLooks() async throws {
        let asked = Flag()
        service.addProbe { asked.raise() }
        try await run { (client) async throws -> Void in
            for _ in 0..<2 { try await client.execute(uri: "/metrics", method: .get) { #expect($0.status == .ok) } }
        }
        #expect(asked.count == 2)
    }

    @Test func deadLettersArePagedByAnOpaqueCursor() async throws {
        let token = try await sign(TestClaims(role: "ops"))
        try await run { (client) async throws -> Void in
            func ask(_ query: String) async throws -> (HTTPResponse.Status, String) {
                try await client.execute(
                    uri: "/v1/dead-letters\(query)", method: .get, headers: [.authorization: "Bearer \(token)"]
                ) { ($0.status, String(buffer: $0.body)) }
            }
            #expect(try await ask("") == (.ok, #"{"items":[]}"#))
            #expect(try await ask("?cursor=3.120.directchat.messages&limit=1") == (.ok, #"{"items":[]}"#))
            let (status, body) = try await ask("?cursor=last")
            #expect(status == .badRequest && body.contains("cursor is none of ours"))
        }
    }

    @Test func statusHasTheServicesSections() async throws {
        service.addStatus("spool") { ["waiting": 3] }
        try await run { (client) async throws -> Void in
            try await client.execute(uri: "/status", method: .get) { response in
                struct Status: Decodable {
                    var service: String
                    var instance: String
                    var ready: Bool
                    var shards: [ShardStatus]
                    var spool: [String: Int]
                    var startedAt: Timestamp
                }
                let status = try JSON.decode(Status.self, response.body)
                #expect(status.service == "test" && !status.ready && status.shards.isEmpty)
                #expect(status.spool == ["waiting": 3])
                #expect(status.startedAt == noon)
            }
        }
    }

    @Test func operationsAreForOperators() async throws {
        let agent = try await sign(TestClaims(role: "manager"))
        let operations = try await sign(TestClaims(role: "ops"))
        try await run { (client) async throws -> Void in
            func ask(_ method: HTTPRequest.Method, _ uri: String, _ token: String?) async throws -> HTTPResponse.Status
            {
                let headers: HTTPFields = token.map { [.authorization: "Bearer \($0)"] } ?? [:]
                return try await client.execute(uri: uri, method: method, headers: headers) { $0.status }
            }
            #expect(try await ask(.get, "/v1/dead-letters", nil) == .unauthorized)
            #expect(try await ask(.get, "/v1/dead-letters", agent) == .forbidden)
            #expect(try await ask(.get, "/v1/dead-letters?limit=x", operations) == .badRequest)
            #expect(try await ask(.get, "/v1/dead-letters", operations) == .ok)
            #expect(try await ask(.post, "/v1/shards/0/resume", agent) == .forbidden)
            #expect(try await ask(.post, "/v1/shards/12/resume", operations) == .notFound)
            #expect(try await ask(.post, "/v1/shards/x/resume", operations) == .notFound)
            #expect(try await ask(.post, "/v1/shards/0/resume", operations) == .serviceUnavailable)
        }
    }

    @Test func visitorsPageMustBeTheDealerships() async throws {
        let aspen = try #require(service.dealerships["aspen"])
        let token = try await service.tokens.issue(dealership: aspen, visitorId: "v1", conversationId: "c1").token
        try await run { (client) async throws -> Void in
            func ask(_ origin: String?) async throws -> HTTPResponse.Status {
                var headers: HTTPFields = [.authorization: "Bearer \(token)"]
                headers[.origin] = origin
                return try await client.execute(uri: "/me", method: .get, headers: headers) { $0.status }
            }
            #expect(try await ask(nil) == .ok)
            #expect(try await ask("https://www.aspen.example") == .ok)
            #expect(try await ask("http://localhost") == .ok, "the demonstration page is this server's own")
            #expect(try await ask("https://birch.example") == .forbidden)
            #expect(try await ask("null") == .forbidden)
        }
    }

    @Test func topicsAreAsSafeAsTheirKind() {
        let topics = service.topics
        #expect(topics.count == Topic.allCases.count)
        #expect(topics.allSatisfy { $0.partitions == 12 && $0.replicationFactor == 3 })
        for topic in topics {
            let isPassing = topic.name.hasSuffix("typing") || topic.name.hasSuffix("activity")
            #expect((topic.settings["min.insync.replicas"] == "2") == !isPassing)
        }
    }
}
