import AsyncHTTPClient
import Contracts
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWTKit
import Kafka
import Logging
import NIOCore
import Synchronization
import Testing

@testable import ServiceKit

/// The time in every test: 2026-08-22T12:00:00Z.
let noon = Timestamp(milliseconds: 1_787_400_000_000)
let staffSecret = Secret(Array("staff-secret-0123456789-abcdefghij".utf8))
let visitorSecret = Secret(Array("visitor-secret-0123456789-abcdefgh".utf8))

func twoDealerships() throws -> Dealerships {
    try Dealerships([
        Dealership(
            id: "aspen", name: "Aspen Motors", timeZone: "America/Denver", smsNumbers: ["+13035550100"],
            origins: ["https://www.aspen.example"]),
        Dealership(
            id: "birch", name: "Birch Cars", timeZone: "America/New_York", origins: ["https://birch.example:8443"]),
    ])
}

/// The middleware of every service around the routes that `add` adds.
func edge(
    cors: CORS = CORS(origins: ["https://console.example"]), _ add: (Router<AppContext>, HTTPEdge) throws -> Void
) rethrows -> some ApplicationProtocol {
    let edge = HTTPEdge()
    let router = edge.makeRouter(cors: cors)
    try add(router, edge)
    return edge.application(router, host: "127.0.0.1", port: 0, logger: quiet)
}

let quiet: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}()

struct ProblemBody: Decodable {
    var type: String
    var title: String
    var status: Int
    var detail: String
    var code: String
    var field: String?
    var correlationId: String
    var dealId: String?
}

extension TestResponse {
    func problem() throws -> ProblemBody {
        #expect(headers[.contentType] == "application/problem+json")
        return try JSONDecoder().decode(ProblemBody.self, from: Data(Array(buffer: body)))
    }
}

/// Waits until `condition` holds, for as long as a loaded machine may take.
func eventually(_ what: Comment, _ condition: @Sendable () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while .now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record(what)
}

/// A staff token with whatever claims a test wants.
struct TestClaims: JWTPayload {
    var sub: String? = "ann"
    var name: String? = "Ann"
    var dealerships: [String]? = ["aspen"]
    var role: String? = "agent"
    var aud: String? = StaffAuthenticator.audience
    var exp: Int64? = noon.milliseconds / 1_000 + 600
    var nbf: Int64?

    func verify(using algorithm: some JWTAlgorithm) throws {}
}

func sign(_ claims: some JWTPayload, with secret: Secret = staffSecret) async throws -> String {
    let keys = JWTKeyCollection()
    await keys.add(hmac: HMACKey(from: secret.bytes), digestAlgorithm: .sha256)
    return try await keys.sign(claims)
}

/// A token with any header, signed with HMAC-SHA256 all the same.
func signed(_ header: String, _ payload: some StringProtocol, with secret: Secret) -> String {
    let text = "\(base64URL(header)).\(payload)"
    let key = SymmetricKey(data: secret.bytes)
    return "\(text).\(base64URL(Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))))"
}

func base64URL(_ text: String) -> String {
    base64URL(Data(text.utf8))
}

func base64URL(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

/// A folder of a test's own, gone with it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "servicekit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func write(_ text: String, to name: String) throws -> String {
        let file = url.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// Something that happened, to wait for.
final class Flag: Sendable {
    private let value = Mutex(0)
    func raise() { value.withLock { $0 += 1 } }
    var count: Int { value.withLock { $0 } }
}
