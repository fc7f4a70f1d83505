/// Scheme, host and port of an address.
struct MediaOrigin: Hashable, Sendable, CustomStringConvertible {
    enum Scheme: String, Sendable {
        case http, https

        var port: Int { self == .https ? 443 : 80 }
    }

    var scheme: Scheme
    /// In small letters, never empty.
    var host: String
    var port: Int

    /// The beginning of an address, and what follows its authority.
    ///
    /// Nothing is repaired, decoded or skipped, as browsers and Foundation do: what is in doubt is no address.
    static func split(_ text: String) -> (origin: MediaOrigin, rest: Substring)? {
        guard let mark = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
        else { return nil }
        let end = text[mark.upperBound...].firstIndex { "/?#".contains($0) } ?? text.endIndex
        // A colon more, an @, brackets, a backslash and a percent sign are all in neither a host nor a port.
        let parts = text[mark.upperBound..<end].split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, host.utf8.allSatisfy(isInHost), parts.count <= 2 else {
            return nil
        }
        var port = scheme.port
        if parts.count == 2 {
            guard let number = Int(parts[1]), 1...65_535 ~= number, String(number) == parts[1] else { return nil }
            port = number
        }
        return (MediaOrigin(scheme: scheme, host: host.lowercased(), port: port), text[end...])
    }

    /// The provider's own.
    static let twilio = MediaOrigin(scheme: .https, host: "api.twilio.com", port: 443)

    /// - Parameter url: any address of it; nil if that is none.
    init?(of url: String) {
        guard let (origin, _) = Self.split(url) else { return nil }
        self = origin
    }

    init(scheme: Scheme, host: String, port: Int) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// As addresses begin: without the scheme's own port.
    var description: String {
        "\(scheme.rawValue)://\(host)" + (port == scheme.port ? "" : ":\(port)")
    }

    /// It is a name that public DNS may have: two labels or more, the last one of letters.
    ///
    /// No IP address in any notation is one, whatever a resolver would make of it: `127.0.0.1`, `0x7f.1`, `2130706433`.
    var hasPublicName: Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, host.utf8.count <= 253, let last = labels.last else { return false }
        guard labels.allSatisfy({ 1...63 ~= $0.utf8.count && !$0.hasPrefix("-") && !$0.hasSuffix("-") }) else {
            return false
        }
        let isOfLetters = last.utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
        return (isOfLetters || last.hasPrefix("xn--")) && !Self.never.contains(String(last))
    }

    /// Ends of names that never are in public DNS (RFC 6761, 6762, 7686, 8375, 9476) or were set aside for inside.
    private static let never: Set<String> = ["localhost", "local", "internal", "arpa", "onion", "alt"]

    private static func isInHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
