import Crypto
import Foundation
import NIOPosix
import Shards

/// Attachments in a folder that all instances see: a local one, or a network file system.
///
/// A file's name is the hash of its content, in one of 256 folders by its first byte; nothing else ever becomes part of a
/// path.
public struct MediaFolder: MediaStore {
    private let shared: SharedFolder

    public init(_ folder: URL) throws {
        shared = try SharedFolder(folder)
    }

    public func put(_ bytes: [UInt8]) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
            let sha256 = Self.sha256(bytes)
            try shared.removeLeftovers()
            // Over one that is there already: should that be damaged, it is not any more.
            try shared.put(at: place(sha256)) { try Data(bytes).write(to: $0) }
            return sha256
        }
    }

    public func bytes(_ sha256: String) async throws -> [UInt8]? {
        guard Self.isHash(sha256) else { return nil }
        return try await NIOThreadPool.singleton.runIfActive {
            let bytes: [UInt8]
            do { bytes = [UInt8](try Data(contentsOf: place(sha256))) } catch CocoaError.fileReadNoSuchFile {
                return nil
            }
            guard Self.sha256(bytes) == sha256 else { throw MediaDamaged(sha256: sha256) }
            return bytes
        }
    }

    private func place(_ sha256: String) -> URL {
        shared.folder.appending(path: "\(sha256.prefix(2))/\(sha256)")
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }

    private static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
