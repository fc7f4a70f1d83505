import AsyncHTTPClient
import Contracts
import HTTPTypes
import JWTKit
import Testing

@testable import ServiceKit

@Suite struct VisitorTokenTests {
    private func tokens(_ secret: Secret = visitorSecret, at time: Timestamp = noon) throws -> VisitorTokens {
        VisitorTokens(secret: secret, dealerships: try twoDealerships(), now: { time })
    }

    private func issue() async throws -> String {
        let aspen = try #require(try twoDealerships()["aspen"])
        return try await tokens().issue(dealership: aspen, visitorId: "v1", conversationId: "c1").token
    }

    private func code(_ body: () async throws -> VisitorIdentity) async throws -> String? {
        do {
            _ = try await body()
            return nil
        } catch let problem as Problem {
            #expect(problem.status == .unauthorized)
            return problem.code
        }
    }

    @Test func tokenNamesItsConversation() async throws {
        let identity = try await tokens().verify(issue())
        #expect(identity.dealership.id == "aspen")
        #expect(identity.visitorId == "v1")
        #expect(identity.conversationId == "c1")
        #expect(identity.expiresAt == noon.adding(milliseconds: VisitorTokens.lifetimeMilliseconds))
    }

    @Test func expiredTokenOnlyResumes() async throws {
        let token = try await issue()
        let later = try tokens(at: noon.adding(milliseconds: VisitorTokens.lifetimeMilliseconds + 61_000))
        #expect(try await code { try await later.verify(token) } == "expired-token")
        #expect(try await later.verifyExpired(token).conversationId == "c1")
        let inTime = try tokens(at: noon.adding(milliseconds: VisitorTokens.lifetimeMilliseconds + 59_000))
        #expect(try await inTime.verify(token).visitorId == "v1", "within the leeway")
    }

    @Test func nothingElseIsAVisitorsToken() async throws {
        let token = try await issue()
        let other = try tokens(staffSecret)
        #expect(try await code { try await other.verifyExpired(token) } == "invalid-token")
        let staff = try await sign(TestClaims(), with: visitorSecret)
        #expect(try await code { try await tokens().verifyExpired(staff) } == "invalid-token")
        let claims = VisitorTokens.Claims(
            sub: "v1", did: "aspen", cid: "c1", aud: AudienceClaim(value: [StaffAuthenticator.audience]),
            exp: 2_000_000_000, iat: 0)
        let wrong = try await sign(claims, with: visitorSecret)
        #expect(try await code { try await tokens().verify(wrong) } == "wrong-audience")
        var gone = claims
        (gone.did, gone.aud) = ("gone", AudienceClaim(value: [VisitorTokens.audience]))
        let foreign = try await sign(gone, with: visitorSecret)
        #expect(try await code { try await tokens().verify(foreign) } == "invalid-token")
        let parts = token.split(separator: ".")
        let lying = signed(#"{"alg":"HS512"}"#, parts[1], with: visitorSecret)
        #expect(try await code { try await tokens().verify(lying) } == "invalid-token")
        let none = "\(base64URL(#"{"alg":"none"}"#)).\(parts[1])."
        #expect(try await code { try await tokens().verify(none) } == "invalid-token")
    }

    @Test func visitorsTokenIsNoStaffToken() async throws {
        let staff = StaffAuthenticator(
            source: .secret(visitorSecret), dealerships: try twoDealerships(), http: .shared, logger: quiet,
            now: { noon })
        let token = try await issue()
        await #expect(throws: Problem.self) { try await staff.identity(token: token) }
    }
}
