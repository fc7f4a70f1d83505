import ArgumentParser
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWTKit
import Logging
import ServiceKit
import Testing

@testable import Conversations

/// Over a broker that does not answer: no shard is live.
@Suite struct MeTests {
    private struct Claims: JWTPayload {
        var sub = "sam"
        var name: String? = "Sam Lee"
        var dealerships: [String]
        var role = "manager"
        var aud = StaffAuthenticator.audience
        var exp = Log.start.milliseconds / 1_000 + 600

        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    private static let secret = "staff-secret-0123456789-abcdefghij"

    private func ask(_ token: String?) async throws -> (HTTPResponse.Status, String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "me-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "dealerships.json")
        try """
        [{"id": "aspen", "name": "Aspen Motors", "timeZone": "America/Denver", "smsNumbers": [], "origins": []},
         {"id": "birch", "name": "Birch Cars", "timeZone": "America/New_York", "smsNumbers": [], "origins": [],
          "previews": false},
         {"id": "cedar", "name": "Cedar", "timeZone": "America/Denver", "smsNumbers": [], "origins": []}]
        """.write(to: file, atomically: true, encoding: .utf8)
        let settings = try ServiceSettings(
            name: "conversations", port: 23_002, options: ServiceOptions.parse([]),
            environment: EnvironmentLookup([
                "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DIRECTCHAT_DEALERSHIPS": file.path,
                "DIRECTCHAT_STAFF_JWT_SECRET": Self.secret,
                "DIRECTCHAT_DATA_DIR": folder.appending(path: "data").path,
            ]))
        let drafts = Drafts(now: { Log.start })
        let service = try Service(
            settings: settings, logic: ConversationsLogic(drafts: drafts),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: { Log.start })
        let router = service.makeRouter()
        Reads(desk: Desk(service: service, drafts: drafts)).add(to: router)
        let headers: HTTPFields = token.map { [.authorization: "Bearer \($0)"] } ?? [:]
        return try await Application(router: router).test(.router) { client in
            try await client.execute(uri: "/v1/me", method: .get, headers: headers) {
                ($0.status, String(buffer: $0.body))
            }
        }
    }

    private func sign(_ claims: Claims) async throws -> String {
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: Array(Self.secret.utf8)), digestAlgorithm: .sha256)
        return try await keys.sign(claims)
    }

    @Test func whoAsksAndWhichOfTheirDealershipsThereAre() async throws {
        let token = try await sign(Claims(dealerships: ["birch", "gone", "aspen", "birch"]))
        let (status, body) = try await ask(token)
        #expect(status == .ok)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(body.utf8))
        #expect(
            answer
                == Answer(
                    id: "sam", name: "Sam Lee", role: "manager",
                    expiresAt: Log.start.adding(milliseconds: 600_000).description,
                    dealerships: [
                        .init(id: "birch", name: "Birch Cars", timeZone: "America/New_York", previews: false),
                        .init(id: "aspen", name: "Aspen Motors", timeZone: "America/Denver", previews: true),
                    ]))
    }

    @Test func whoHasNoNameGoesByTheId() async throws {
        let (_, body) = try await ask(try await sign(Claims(name: nil, dealerships: [])))
        let answer = try JSONDecoder().decode(Answer.self, from: Data(body.utf8))
        #expect(answer.name == "sam" && answer.dealerships.isEmpty)
    }

    @Test func onlyWithAToken() async throws {
        #expect(try await ask(nil).0 == .unauthorized)
        #expect(try await ask("a.b.c").0 == .unauthorized)
    }

    private struct Answer: Decodable, Equatable {
        struct Place: Decodable, Equatable {
            var id: String
            var name: String
            var timeZone: String
            var previews: Bool
        }

        var id: String
        var name: String
        var role: String
        var expiresAt: String
        var dealerships: [Place]
    }
}
