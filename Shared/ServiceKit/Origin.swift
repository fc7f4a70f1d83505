import Foundation

/// A web origin: scheme, host and port, compared byte by byte as browsers send it.
public enum Origin {
    public static func isValid(_ text: String) -> Bool {
        guard let url = URL(string: text), let scheme = url.scheme, scheme == "http" || scheme == "https",
            let host = url.host, !host.isEmpty, url.user == nil
        else { return false }
        // No path, no trailing slash: a browser's Origin header has none, so it would never match.
        return text == "\(scheme)://\(host)\(url.port.map { ":\($0)" } ?? "")"
    }

    /// The page came from this server.
    static func isOwn(_ origin: String, authority: String?) -> Bool {
        guard let authority, !authority.isEmpty else { return false }
        return origin == "http://\(authority)" || origin == "https://\(authority)"
    }
}
