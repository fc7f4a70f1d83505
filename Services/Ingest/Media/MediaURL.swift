import Foundation

/// Where an attachment may be fetched from; there is none that was not checked.
///
/// Who sends a text chooses it, as far as the provider does not: https from a public name on the default port, or an
/// origin that the operator named.
struct MediaURL: Hashable, Sendable {
    let origin: MediaOrigin
    /// Path and query as they came.
    let target: String

    var text: String { "\(origin)\(target)" }

    /// - Parameter trusted: origins that may be anything: plain http, another port, a private address.
    init(_ text: String, trusted: Set<MediaOrigin>) throws(MediaRefusal) {
        guard text.utf8.count <= MediaLimits.urlBytes, text.utf8.allSatisfy(Self.isWritten),
            let (origin, rest) = MediaOrigin.split(text)
        else { throw .invalidURL }
        if !trusted.contains(origin) {
            guard origin.scheme == .https else { throw .notHTTPS }
            guard origin.port == MediaOrigin.Scheme.https.port else { throw .port }
            guard origin.hasPublicName else { throw .host }
        }
        // A fragment is not sent.
        let target = rest.prefix { $0 != "#" }
        self.origin = origin
        self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
        // The client reads the address once more, with Foundation. Had that another host in mind, it would be neither
        // the one that was checked nor pinned.
        guard let url = URL(string: self.text), url.absoluteString == self.text, url.scheme == origin.scheme.rawValue,
            url.host == origin.host, url.port ?? origin.scheme.port == origin.port, url.user == nil,
            url.password == nil
        else { throw .invalidURL }
    }

    /// Where a redirect leads: checked like the first address.
    func following(_ location: String, trusted: Set<MediaOrigin>) throws(MediaRefusal) -> MediaURL {
        // Foundation repairs what is none.
        guard location.utf8.allSatisfy(Self.isWritten), let base = URL(string: text),
            let url = URL(string: location, relativeTo: base), url.relativeString == location
        else { throw .invalidURL }
        return try MediaURL(url.absoluteString, trusted: trusted)
    }

    /// RFC 3986 without brackets, which only an IPv6 address has: no control character, space, backslash, nothing
    /// beyond ASCII.
    private static func isWritten(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && !"\"<>\\^`{|}[]".utf8.contains(byte)
    }
}
