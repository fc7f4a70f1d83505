/// What became of an attachment.
enum MediaResult: Equatable, Sendable {
    case stored(StoredMedia)
    /// It will never be fetched.
    case refused(MediaRefusal)
    /// Another attempt may succeed.
    case failed(MediaFailure)
}

/// An attachment in the store.
struct StoredMedia: Equatable, Sendable {
    /// One of `MediaType`: never what a server merely says.
    var contentType: String
    var bytes: Int
    /// In hex: its name in the store.
    var sha256: String
}

/// Why an attachment is not fetched; the words are on the topic, and stay.
enum MediaRefusal: String, Error, Sendable {
    // The address, or the one that a redirect gave.
    case invalidURL = "invalid-url"
    case notHTTPS = "not-https"
    case port
    /// An IP address, or a name that is not public.
    case host
    /// The name has an address that is not public.
    case privateAddress = "private-address"
    case redirects

    // The answer.
    case forbidden
    case missing
    /// Any other status that says no for good.
    case status
    case encoding
    case type
    /// It is not what its type says.
    case disguise
    case size
    case empty
}

/// Why an attachment was not fetched this time; for logs.
enum MediaFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case timeOut, stopped
    /// The name has no address now.
    case unresolved(String)
    /// No connection came about.
    case unreachable(String)
    /// It broke.
    case connection(String)
    case status(Int)
    case store(String)

    var description: String {
        switch self {
        case .timeOut: "took too long"
        case .stopped: "stopped"
        case .unresolved(let reason): "name not resolved: \(reason)"
        case .unreachable(let reason): "not reached: \(reason)"
        case .connection(let reason): "connection: \(reason)"
        case .status(let code): "status \(code)"
        case .store(let reason): "not stored: \(reason)"
        }
    }
}
