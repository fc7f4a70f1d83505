import AsyncHTTPClient
import Contracts
import Foundation
import Hummingbird
import JWTKit
import Logging

/// Checks staff tokens: JWT, `aud` "directchat-staff", `exp` required, 60 s of leeway.
public struct StaffAuthenticator: Sendable {
    public static let audience = "directchat-staff"
    private let keys: StaffKeys
    private let algorithms: Set<String>
    private let dealerships: Dealerships
    private let now: @Sendable () -> Timestamp

    public init(
        source: StaffKeySource, dealerships: Dealerships, http: HTTPClient, logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        keys = StaffKeys(source, http: http, logger: logger)
        // Pinned by the kind of source: a public key must never be taken for an HMAC secret, and `none` for anything.
        if case .secret = source {
            algorithms = ["HS256"]
        } else {
            algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
        }
        self.dealerships = dealerships
        self.now = now
    }

    struct Claims: JWTPayload {
        var sub: String
        var name: String?
        var dealerships: [String]
        var role: Role
        var aud: AudienceClaim
        var exp: Double
        var nbf: Double?

        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    /// - Throws: a 401 problem that says what is wrong with the token.
    public func identity(_ request: Request) async throws -> StaffIdentity {
        try await identity(token: BearerToken(request).text)
    }

    public func identity(token: String) async throws -> StaffIdentity {
        let header = try BearerToken(token).header()
        guard let algorithm = header.alg, algorithms.contains(algorithm), header.crit == nil else {
            throw Problem.unauthorized("invalid-token", "the token's algorithm is not accepted")
        }
        let keys: JWTKeyCollection
        do {
            keys = try await self.keys.current(kid: header.kid)
        } catch {
            throw Problem.unavailable("keys-unavailable", "staff tokens cannot be checked at the moment")
        }
        let claims: Claims
        do {
            claims = try await keys.verify(token, as: Claims.self)
        } catch {
            throw Problem.unauthorized("invalid-token", "the token's signature or claims are not valid")
        }
        try check(claims)
        // Whoever issues tokens took the name from somewhere: into events and pages it goes in one line.
        let name = (claims.name ?? "").singleLine
        return StaffIdentity(
            id: claims.sub, name: name.isEmpty ? claims.sub : name, dealerships: claims.dealerships, role: claims.role,
            expiresAt: Timestamp(milliseconds: Int64(claims.exp * 1_000)), known: dealerships)
    }

    private func check(_ claims: Claims) throws {
        guard claims.aud.value.contains(Self.audience) else {
            throw Problem.unauthorized("wrong-audience", "the token is not meant for staff of DirectChat")
        }
        let seconds = Double(now().milliseconds) / 1_000
        let leeway = Double(Limits.clockLeewaySeconds)
        // The bound keeps what follows within Int64.
        guard claims.exp.isFinite, claims.exp < 1e12, claims.exp + leeway > seconds else {
            throw Problem.unauthorized("expired-token", "the token has expired")
        }
        guard (claims.nbf ?? 0) - leeway <= seconds else {
            throw Problem.unauthorized("invalid-token", "the token is not valid yet")
        }
        guard !claims.sub.isEmpty, claims.sub.utf8.count <= 128, (claims.name ?? "").utf8.count <= 256 else {
            throw Problem.unauthorized("invalid-token", "the token's sub or name is empty or too long")
        }
        // Not cleaned: two that differ must not become one.
        guard !claims.sub.hasControlCharacters else {
            throw Problem.unauthorized("invalid-token", "the token's sub has control characters")
        }
    }
}
