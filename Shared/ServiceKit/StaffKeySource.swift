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
