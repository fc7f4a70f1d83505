/// Keeps customers' attachments under what they are. A folder today; an object store fits behind the same two calls.
public protocol MediaStore: Sendable {
    /// Returns when the bytes would survive a loss of power. The same bytes are kept once, however often they come.
    ///
    /// - Returns: the SHA-256 of the bytes in hex, which `bytes(_:)` takes.
    func put(_ bytes: [UInt8]) async throws -> String
    /// - Returns: nil if there is nothing of this name, or it is no name.
    /// - Throws: `MediaDamaged` if what is there is not what was kept.
    func bytes(_ sha256: String) async throws -> [UInt8]?
}

/// An attachment is in the store, but is not what its name says.
public struct MediaDamaged: Error {
    public let sha256: String
}
