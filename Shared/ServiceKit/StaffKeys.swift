import AsyncHTTPClient
import Foundation
import JWTKit
import Logging
import NIOCore
import NIOHTTP1

/// The keys in use, and when they are looked for anew.
///
/// Requests never fetch for themselves: there is one attempt at a time, and who needs its result waits for that one.
/// From half of their life on keys are read anew while the old ones go on serving. If that fails they serve on, for
/// however long it fails: an issuer that is down must not lock all staff out, and what was withdrawn meanwhile ends with
/// its tokens' own expiry. What a failed attempt leaves is a warning, and a longer wait before the next.
actor StaffKeys {
    struct Unavailable: Error {}

    struct Good: Sendable {
        var keys: JWTKeyCollection
        var ids: Set<String>
        var readAt: ContinuousClock.Instant
    }

    private let isSecret: Bool
    private let read: @Sendable () async throws -> Data
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private(set) var good: Good?
    private var attempt: Task<Void, Never>?
    private var failures = 0
    private var mayTryAt: ContinuousClock.Instant?

    init(_ source: StaffKeySource, http: HTTPClient, logger: Logger) {
        self.init(logger: logger, source: source) { try await source.read(http) }
    }

    /// - Parameter read: gets a JWKS.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, logger: Logger,
        source: StaffKeySource = .url(""), read: @escaping @Sendable () async throws -> Data
    ) {
        if case .secret = source { isSecret = true } else { isSecret = false }
        self.read = read
        self.now = now
        self.logger = logger
    }

    /// - Parameter kid: the key that a token names; one that is not known may be new.
    /// - Throws: `Unavailable` while there have never been any keys.
    func current(kid: String?) async throws -> JWTKeyCollection {
        if let good {
            if !isSecret { await renew(good, kid) }
        } else {
            await begin()?.value
        }
        guard let good else { throw Unavailable() }
        return good.keys
    }

    private func renew(_ good: Good, _ kid: String?) async {
        let age = now() - good.readAt
        let isUnknown = kid.map { !good.ids.contains($0) } ?? false
        guard isUnknown || age >= .seconds(Limits.keySeconds / 2) else { return }
        let attempt = begin()
        // Nobody has asked for long: what was withdrawn meanwhile must not pass. Where attempts fail nobody waits.
        let isOver = age >= .seconds(Limits.keySeconds) && failures == 0
        if isUnknown || isOver { await attempt?.value }
    }

    /// The attempt that is under way, or a new one; nil where it is too early for one.
    private func begin() -> Task<Void, Never>? {
        if let attempt { return attempt }
        guard mayTryAt.map({ now() >= $0 }) ?? true else { return nil }
        // No request's task: a client that leaves does not take everybody's attempt along.
        let task = Task { await self.fetch() }
        attempt = task
        return task
    }

    private func fetch() async {
        do {
            let data = try await read()
            good = try await isSecret ? Self.shared(data, now()) : Self.keys(data, now())
            failures = 0
            mayTryAt = now() + .seconds(Limits.keyRetrySeconds)
        } catch {
            failures += 1
            let seconds = min(Limits.keyBackOffSeconds, 1 << min(failures - 1, 16))
            mayTryAt = now() + .seconds(seconds)
            let age = good.map { "\((now() - $0.readAt).components.seconds) s old" } ?? "none"
            logger.warning(
                "staff keys could not be read",
                metadata: ["error": "\(error)", "keys": "\(age)", "retry": "\(seconds) s"])
        }
        attempt = nil
    }

    private static func shared(_ secret: Data, _ now: ContinuousClock.Instant) async -> Good {
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return Good(keys: keys, ids: [], readAt: now)
    }

    /// - Throws: also where there is no key in it that we could use: such a set would lock everybody out.
    private static func keys(_ data: Data, _ now: ContinuousClock.Instant) async throws -> Good {
        let set = try JSONDecoder().decode(KeySet.self, from: data)
        var good = Good(keys: JWTKeyCollection(), ids: [], readAt: now)
        for key in set.keys.compactMap(\.key) {
            guard let id = key.keyIdentifier?.string, (try? await good.keys.add(jwk: key)) != nil else { continue }
            good.ids.insert(id)
        }
        guard !good.ids.isEmpty else { throw Unusable() }
        return good
    }

    private struct Unusable: Error, CustomStringConvertible {
        var description: String { "no key in the set can be used" }
    }
}

extension StaffKeySource {
    private struct BadStatus: Error, CustomStringConvertible {
        var description: String
    }

    func read(_ http: HTTPClient) async throws -> Data {
        switch self {
        case .secret(let secret): return Data(secret.bytes)
        case .file(let path): return try Data(contentsOf: URL(fileURLWithPath: path))
        case .url(let url):
            return try await withThrowingTaskGroup(of: Data.self) { group in
                group.addTask {
                    let response = try await http.execute(
                        HTTPClientRequest(url: url), timeout: .seconds(Limits.keyFetchSeconds))
                    guard response.status == .ok else { throw BadStatus(description: "status \(response.status.code)") }
                    return Data(Array(buffer: try await response.body.collect(upTo: Limits.keySetBytes)))
                }
                group.addTask {
                    // The client's own time-out ends with the head: a body that dribbles would be waited for for ever.
                    try await Task.sleep(for: .seconds(Limits.keyFetchSeconds))
                    throw BadStatus(description: "took more than \(Limits.keyFetchSeconds) s")
                }
                defer { group.cancelAll() }
                guard let data = try await group.next() else { throw CancellationError() }
                return data
            }
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
