import ServiceKit

/// Fetches attachments, whose addresses a stranger may have chosen, and keeps them.
///
/// Every hop is checked from the start: the address as text (`MediaURL`), then all IP addresses of its name, resolved
/// once; it connects to these and to nothing else, so a name that resolves to another address a moment later gains
/// nothing. How many are fetched at once is the caller's business: one holds at most `MediaLimits.bytes` in
/// memory, for at most `MediaLimits.total`.
struct MediaFetcher: Sendable {
    private let account: MediaAccount
    private let trusted: Set<MediaOrigin>
    private let store: any MediaStore
    private let resolver: any MediaResolver
    private let client: any MediaClient
    private let limits: MediaLimits

    /// - Parameters:
    ///   - account: its credentials go to its origin, as long as no redirect has led away from there.
    ///   - trusted: origins beside the account's own that may be plain http, on any port, at a private address.
    init(
        account: MediaAccount, trusted: Set<MediaOrigin> = [], store: any MediaStore,
        resolver: any MediaResolver = SystemResolver(), client: (any MediaClient)? = nil,
        limits: MediaLimits = MediaLimits()
    ) {
        self.account = account
        self.trusted = trusted.union(account.trusted)
        self.store = store
        self.resolver = resolver
        self.client = client ?? PinnedClient(limits: limits)
        self.limits = limits
    }

    /// - Parameter url: as the provider's webhook had it.
    func fetch(_ url: String) async -> MediaResult {
        await withTaskGroup(of: MediaResult.self) { group in
            group.addTask { await attempt(url) }
            group.addTask {
                // The client's own time-out ends with the head: a body that dribbles would be waited for for ever.
                do { try await Task.sleep(for: limits.total) } catch { return .failed(.stopped) }
                return .failed(.timeOut)
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failed(.stopped)
        }
    }

    private func attempt(_ text: String) async -> MediaResult {
        do {
            var url = try MediaURL(text, trusted: trusted)
            var isAtHome = true
            for _ in 0...MediaLimits.redirects {
                // Not again after a redirect from elsewhere: a stranger's server would choose what our account reads.
                isAtHome = isAtHome && url.origin == account.origin
                switch try await ask(url, isAtHome ? account.authorization : nil) {
                case .moved(let location): url = try url.following(location, trusted: trusted)
                case .content(let type, let bytes): return try await keep(type, bytes)
                }
            }
            return .refused(.redirects)
        } catch let refusal as MediaRefusal {
            return .refused(refusal)
        } catch let failure as MediaFailure {
            return .failed(failure)
        } catch {
            return .failed(Task.isCancelled ? .stopped : .connection("\(error)"))
        }
    }

    private func ask(_ url: MediaURL, _ authorization: String?) async throws -> MediaAnswer {
        let addresses = try await resolver.addresses(of: url.origin.host)
        // One that is private among public ones is no accident.
        guard trusted.contains(url.origin) || addresses.allSatisfy(\.isPublic) else {
            throw MediaRefusal.privateAddress
        }
        var failure = MediaFailure.unresolved("no address")
        for address in addresses.prefix(MediaLimits.addresses) {
            do {
                return try await client.get(url, at: address, authorization: authorization) { response in
                    try await MediaAnswer(response, isAuthorized: authorization != nil)
                }
            } catch MediaFailure.unreachable(let reason) {
                failure = .unreachable(reason)
            }
        }
        throw failure
    }

    private func keep(_ type: String, _ bytes: [UInt8]) async throws -> MediaResult {
        do {
            let sha256 = try await store.put(bytes)
            return .stored(StoredMedia(contentType: type, bytes: bytes.count, sha256: sha256))
        } catch {
            throw MediaFailure.store("\(error)")
        }
    }
}
