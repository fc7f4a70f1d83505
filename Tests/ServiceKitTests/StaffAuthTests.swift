import AsyncHTTPClient
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWTKit
import NIOCore
import Testing

@testable import ServiceKit

@Suite struct StaffAuthTests {
    private func authenticator(_ source: StaffKeySource = .secret(staffSecret)) throws -> StaffAuthenticator {
        StaffAuthenticator(
            source: source, dealerships: try twoDealerships(), http: .shared, logger: quiet, now: { noon })
    }

    private func code(_ token: String, _ source: StaffKeySource = .secret(staffSecret)) async throws -> String? {
        do {
            _ = try await authenticator(source).identity(token: token)
            return nil
        } catch let problem as Problem {
            return problem.code
        }
    }

    @Test func validTokenNamesItsBearer() async throws {
        let identity = try await authenticator().identity(token: sign(TestClaims(role: "manager")))
        #expect(identity.staff == Staff(id: "ann", name: "Ann"))
        #expect(identity.role == .manager)
        #expect(identity.expiresAt == noon.adding(milliseconds: 600_000))
    }

    @Test func aNameIsOneLineAndAnIdIsNotMended() async throws {
        func name(_ name: String?) async throws -> String {
            try await authenticator().identity(token: sign(TestClaims(name: name))).staff.name
        }
        #expect(try await name("Ann\u{0}\r\nLee\u{1B}") == "Ann   Lee")
        #expect(try await name("\u{0}") == "ann")
        #expect(try await name("") == "ann")
        #expect(try await name(nil) == "ann")
        #expect(try await code(sign(TestClaims(sub: "ann\u{0}"))) == "invalid-token")
        #expect(try await code(sign(TestClaims(sub: "ann\nlee"))) == "invalid-token")
    }

    @Test func everyClaimIsChecked() async throws {
        let second = noon.milliseconds / 1_000
        #expect(try await code(sign(TestClaims())) == nil)
        #expect(try await code(sign(TestClaims(aud: "directchat-visitor"))) == "wrong-audience")
        #expect(try await code(sign(TestClaims(aud: nil))) == "invalid-token")
        #expect(try await code(sign(TestClaims(exp: nil))) == "invalid-token")
        #expect(try await code(sign(TestClaims(exp: second - 59))) == nil, "within the leeway")
        #expect(try await code(sign(TestClaims(exp: second - 61))) == "expired-token")
        #expect(try await code(sign(TestClaims(nbf: second + 59))) == nil, "within the leeway")
        #expect(try await code(sign(TestClaims(nbf: second + 61))) == "invalid-token")
        #expect(try await code(sign(TestClaims(role: "root"))) == "invalid-token")
        #expect(try await code(sign(TestClaims(sub: ""))) == "invalid-token")
        #expect(try await code(sign(TestClaims(sub: nil))) == "invalid-token")
        #expect(try await code(sign(TestClaims(dealerships: nil))) == "invalid-token")
    }

    @Test func signatureIsChecked() async throws {
        #expect(try await code(sign(TestClaims(), with: visitorSecret)) == "invalid-token")
        let parts = try await sign(TestClaims()).split(separator: ".")
        #expect(try await code("\(parts[0]).\(parts[1]).") == "invalid-token")
        #expect(try await code("\(parts[0]).\(parts[1])") == "invalid-token")
        #expect(try await code("") == "invalid-token")
        let none = base64URL(#"{"alg":"none","typ":"JWT"}"#)
        #expect(try await code("\(none).\(parts[1]).") == "invalid-token")
        #expect(try await code("\(none).\(parts[1]).\(parts[2])") == "invalid-token")
        // Signed as it should be, and saying that it is not: what the header claims is not believed.
        for header in [#"{"alg":"HS512"}"#, #"{"typ":"JWT"}"#, #"{"alg":"HS256","crit":["exp"]}"#] {
            #expect(try await code(signed(header, parts[1], with: staffSecret)) == "invalid-token")
        }
    }

    @Test func keysComeFromAFileAndItsAlgorithmsArePinned() async throws {
        let folder = try TemporaryFolder()
        let key = ES256PrivateKey()
        let parameters = try #require(key.publicKey.parameters)
        let set = """
            {"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one",
            "x": "\(parameters.x)", "y": "\(parameters.y)"}, {"kty": "new", "kid": "two"}]}
            """
        let path = try folder.write(set, to: "jwks.json")
        let keys = JWTKeyCollection()
        await keys.add(ecdsa: key, kid: "one")
        let token = try await keys.sign(TestClaims(), kid: "one")
        #expect(try await code(token, .file(path)) == nil)
        // The public key as an HMAC secret: what a verifier that trusts the header's `alg` would take.
        #expect(try await code(sign(TestClaims(), with: Secret(Array(set.utf8))), .file(path)) == "invalid-token")
        let another = JWTKeyCollection()
        await another.add(ecdsa: ES256PrivateKey(), kid: "one")
        #expect(try await code(another.sign(TestClaims(), kid: "one"), .file(path)) == "invalid-token")
        #expect(try await code(token, .file("/nonexistent")) == "keys-unavailable")
    }

    @Test func onlyTheAuthorizationHeaderCounts() async throws {
        let staff = try authenticator()
        let token = try await sign(TestClaims())
        let app = edge { router, _ in
            router.get("me") { request, _ in try Response.json(.ok, try await staff.identity(request).staff) }
        }
        try await app.test(.router) { (client) async throws -> Void in
            let good: HTTPFields = [.authorization: "Bearer \(token)"]
            try await client.execute(uri: "/me", method: .get, headers: good) { #expect($0.status == .ok) }
            for headers: HTTPFields in [
                [:], [.authorization: token], [.authorization: "Basic \(token)"], [.cookie: "token=\(token)"],
            ] {
                try await client.execute(uri: "/me?token=\(token)", method: .get, headers: headers) { response in
                    #expect(response.status == .unauthorized)
                    #expect(response.headers[.wwwAuthenticate] == "Bearer")
                    let problem = try response.problem()
                    #expect(problem.code == "no-token")
                }
            }
        }
    }

    @Test func foreignDealershipIsNotFound() async throws {
        let staff = try authenticator()
        let app = edge { router, _ in
            router.get("which") { request, _ in
                try Response.json(.ok, ["id": try await staff.identity(request).dealership(request).id])
            }
            router.get("ops") { request, _ in
                try await staff.identity(request).require(.ops)
                return Response.noContent
            }
        }
        let one = try await sign(TestClaims())
        let two = try await sign(TestClaims(dealerships: ["aspen", "birch", "gone"]))
        let operations = try await sign(TestClaims(role: "ops"))
        try await app.test(.router) { (client) async throws -> Void in
            func ask(_ uri: String, _ token: String) async throws -> (HTTPResponse.Status, String) {
                try await client.execute(uri: uri, method: .get, headers: [.authorization: "Bearer \(token)"]) {
                    ($0.status, String(buffer: $0.body))
                }
            }
            #expect(try await ask("/which", one) == (.ok, #"{"id":"aspen"}"#))
            #expect(try await ask("/which?dealership=birch", two) == (.ok, #"{"id":"birch"}"#))
            let foreign = try await ask("/which?dealership=birch", one)
            let missing = try await ask("/which?dealership=nowhere", one)
            #expect(foreign.0 == .notFound && missing.0 == .notFound)
            #expect(try await ask("/which?dealership=gone", two).0 == .notFound)
            #expect(try await ask("/ops", one).0 == .forbidden)
            #expect(try await ask("/ops", operations).0 == .noContent)
        }
    }
}
