import Contracts
import Foundation
import JWTKit

/// Who a visitor's session token names.
public struct VisitorIdentity: Sendable {
    public let dealership: Dealership
    public let visitorId: String
    public let conversationId: String
    public let expiresAt: Timestamp

    public init(dealership: Dealership, visitorId: String, conversationId: String, expiresAt: Timestamp) {
        self.dealership = dealership
        self.visitorId = visitorId
        self.conversationId = conversationId
        self.expiresAt = expiresAt
    }
}

/// Issues and checks visitors' session tokens: JWT, HS256, `aud` "directchat-visitor".
public struct VisitorTokens: Sendable {
    public static let audience = "directchat-visitor"

    /// A day. A token names one anonymous visitor's own conversation and nothing else, and an expired one still resumes
    /// it, so a short life would protect little; yet it would make each open page ask for a new session in mid-typing,
    /// and above all while ingest is down, when the page should only have to wait.
    public static let lifetimeMilliseconds: Int64 = 24 * 3_600 * 1_000

    private let key: HMACKey
    private let dealerships: Dealerships
    private let now: @Sendable () -> Timestamp

    public init(secret: Secret, dealerships: Dealerships, now: @escaping @Sendable () -> Timestamp) {
        key = HMACKey(from: secret.bytes)
        self.dealerships = dealerships
        self.now = now
    }

    struct Claims: JWTPayload {
        var sub: String
        var did: String
        var cid: String
        var aud: AudienceClaim
        /// Seconds.
        var exp: Int64
        var iat: Int64

        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    public func issue(
        dealership: Dealership, visitorId: String, conversationId: String
    ) async throws -> (token: String, identity: VisitorIdentity) {
        let issued = now().milliseconds
        let expiry = (issued + Self.lifetimeMilliseconds) / 1_000
        let claims = Claims(
            sub: visitorId, did: dealership.id, cid: conversationId, aud: AudienceClaim(value: [Self.audience]),
            exp: expiry, iat: issued / 1_000)
        let identity = VisitorIdentity(
            dealership: dealership, visitorId: visitorId, conversationId: conversationId,
            expiresAt: Timestamp(milliseconds: expiry * 1_000))
        return (try await keys().sign(claims), identity)
    }

    /// - Throws: a 401 problem that says what is wrong with the token.
    public func verify(_ token: String) async throws -> VisitorIdentity {
        let identity = try await verifyExpired(token)
        guard identity.expiresAt.milliseconds + Int64(Limits.clockLeewaySeconds) * 1_000 > now().milliseconds else {
            throw Problem.unauthorized("expired-token", "the session has expired; resume it with this token")
        }
        return identity
    }

    /// As `verify`, also for a token that has expired: for `resume`.
    public func verifyExpired(_ token: String) async throws -> VisitorIdentity {
        let header = try BearerToken(token).header()
        guard header.alg == "HS256", header.crit == nil else {
            throw Problem.unauthorized("invalid-token", "the token's algorithm is not accepted")
        }
        let claims: Claims
        do {
            claims = try await keys().verify(token, as: Claims.self)
        } catch {
            throw Problem.unauthorized("invalid-token", "the token's signature or claims are not valid")
        }
        guard claims.aud.value == [Self.audience] else {
            throw Problem.unauthorized("wrong-audience", "the token is no visitor's")
        }
        guard let dealership = dealerships[claims.did], claims.exp < 1_000_000_000_000 else {
            throw Problem.unauthorized("invalid-token", "the token's dealership is unknown")
        }
        return VisitorIdentity(
            dealership: dealership, visitorId: claims.sub, conversationId: claims.cid,
            expiresAt: Timestamp(milliseconds: claims.exp * 1_000))
    }

    private func keys() async -> JWTKeyCollection {
        let keys = JWTKeyCollection()
        await keys.add(hmac: key, digestAlgorithm: .sha256)
        return keys
    }
}
