import Crypto
import Foundation

/// Twilio's request signature: Base64(HMAC-SHA1(auth token, URL + each parameter's name and value, sorted by name)).
///
/// The URL is the public one, from configuration: behind a proxy the `Host` header says something else.
struct TwilioSignature {
    /// In use; a second one while tokens are changed.
    var tokens: [String]

    /// - Parameters:
    ///   - url: scheme, host, path and query as Twilio called them, still percent-encoded.
    ///   - parameters: the decoded form, in any order; repeated names are signed once per different value, sorted.
    func isValid(_ signature: String, url: String, parameters: [(name: String, value: String)]) -> Bool {
        matches(signature, url: url, suffix: Self.text(of: parameters))
    }

    /// A JSON body is signed through its hash, which stands in the URL's query as `bodySHA256`.
    func isValid(_ signature: String, url: String, body: [UInt8]) -> Bool {
        let hash = SHA256.hash(data: body).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        guard Self.query(url, "bodySHA256")?.lowercased() == hash.joined() else { return false }
        return matches(signature, url: url, suffix: "")
    }

    static func text(of parameters: [(name: String, value: String)]) -> String {
        var values: [String: Set<String>] = [:]
        for (name, value) in parameters { values[name, default: []].insert(value) }
        return values.keys.sorted(by: Self.precedes).map { name in
            (values[name] ?? []).sorted(by: Self.precedes).map { name + $0 }.joined()
        }.joined()
    }

    /// The order of bytes: Swift's own order of strings is that of their canonical forms.
    private static func precedes(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    private func matches(_ signature: String, url: String, suffix: String) -> Bool {
        guard let given = Data(base64Encoded: signature), given.count == 20 else { return false }
        var isValid = false
        for token in tokens where !token.isEmpty {
            let key = SymmetricKey(data: Data(token.utf8))
            for url in Self.spellings(of: url) {
                let data = Data((url + suffix).utf8)
                // In constant time, and every candidate is tried: the time says nothing about which one fits.
                let fits = HMAC<Insecure.SHA1>.isValidAuthenticationCode(given, authenticating: data, using: key)
                isValid = fits || isValid
            }
        }
        return isValid
    }

    /// Twilio signs the URL with or without its default port.
    static func spellings(of url: String) -> [String] {
        let port = url.hasPrefix("https://") ? ":443" : url.hasPrefix("http://") ? ":80" : nil
        guard let port, let scheme = url.range(of: "://") else { return [url] }
        let end = url[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        let host = url[scheme.upperBound..<end]
        let head = String(url[..<scheme.upperBound])
        let tail = String(url[end...])
        if host.hasSuffix(port) { return [url, head + String(host.dropLast(port.count)) + tail] }
        // The colons in brackets are an IPv6 address.
        let name = host.lastIndex(of: "]").map { host[$0...] } ?? host
        guard !name.contains(":") else { return [url] }
        return [url, head + host + port + tail]
    }

    private static func query(_ url: String, _ name: String) -> String? {
        guard let start = url.firstIndex(of: "?") else { return nil }
        return FormBody(url[url.index(after: start)...].utf8).parameters.last { $0.name == name }?.value
    }
}
