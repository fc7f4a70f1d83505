import AsyncHTTPClient
import Foundation
import JWTKit
import NIOCore
import NIOHTTP1

/// Where the keys of staff tokens come from.
public enum StaffKeySource: Sendable, CustomStringConvertible {
    /// HS256.
    case secret(Secret)
    /// A JWKS.
    case file(String)
    case url(String)

    public var description: String {
        switch self {
        case .secret: "secret ***"
        case .file(let path): "file \(path)"
        case .url(let url): url
        }
    }
}

/// The keys in use, and until when they are trusted without another look.
actor StaffKeys {
    struct Unavailable: Error {}

    private let source: StaffKeySource
    private let http: HTTPClient
    private var keys: JWTKeyCollection?
    private var known: Set<String> = []
    private var readAt: ContinuousClock.Instant?
    private var triedAt: ContinuousClock.Instant?

    init(_ source: StaffKeySource, http: HTTPClient) {
        self.source = source
        self.http = http
    }

    /// The keys, read anew if they are old or do not have `kid`.
    func current(kid: String?) async throws -> JWTKeyCollection {
        if case .secret(let secret) = source {
            if let keys { return keys }
            let collection = JWTKeyCollection()
            await collection.add(hmac: HMACKey(from: secret.bytes), digestAlgorithm: .sha256)
            keys = collection
            return collection
        }
        let now = ContinuousClock.now
        let isOld = readAt.map { now - $0 > .seconds(Limits.keySeconds) } ?? true
        let isUnknown = kid.map { !known.contains($0) } ?? false
        let mayTry = triedAt.map { now - $0 > .seconds(Limits.keyRetrySeconds) } ?? true
        if isOld || isUnknown, mayTry {
            triedAt = now
            do {
                let set = try JSONDecoder().decode(KeySet.self, from: try await read())
                let collection = JWTKeyCollection()
                known = []
                for key in set.keys.compactMap(\.key) {
                    guard let id = key.keyIdentifier?.string, (try? await collection.add(jwk: key)) != nil else {
                        continue
                    }
                    known.insert(id)
                }
                keys = collection
                readAt = now
            } catch {
                // Old keys are given up: a withdrawn one must not live on because the issuer is silent.
                if isOld { keys = nil }
            }
        }
        guard let keys else { throw Unavailable() }
        return keys
    }

    private func read() async throws -> Data {
        switch source {
        case .secret: return Data()
        case .file(let path): return try Data(contentsOf: URL(fileURLWithPath: path))
        case .url(let url):
            let response = try await http.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
            guard response.status == .ok else { throw Unavailable() }
            return Data(Array(buffer: try await response.body.collect(upTo: Limits.keySetBytes)))
        }
    }
}

/// A JWKS of which each key may be one that we do not know: it must not make the others useless, as it would with
/// jwt-kit's own type.
private struct KeySet: Decodable {
    struct Entry: Decodable {
        let key: JWK?

        init(from decoder: any Decoder) {
            key = try? JWK(from: decoder)
        }
    }

    let keys: [Entry]
}
