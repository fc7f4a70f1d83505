/// A secret's bytes, which no log or description shows.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// One that nobody knows.
    public static func random() -> Secret {
        var generator = SystemRandomNumberGenerator()
        return Secret((0..<Limits.secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    public var description: String { "***" }
    public var debugDescription: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
