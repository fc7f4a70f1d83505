import Crypto
import Foundation
import NIOPosix

/// Attachments in a folder that all instances see: a local one, or a network file system.
///
/// A file's name is the hash of its content, in one of 256 folders by its first byte; nothing else ever becomes part of a
/// path.
public struct MediaFolder: MediaStore {
    private let folder: URL

    /// - Parameter folder: made if missing; readable by its owner only, since it holds what customers sent.
    public init(_ folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    public func put(_ bytes: [UInt8]) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
            let sha256 = Self.sha256(bytes)
            try removeLeftovers()
            try write(bytes, to: place(sha256))
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
        folder.appending(path: "\(sha256.prefix(2))/\(sha256)")
    }

    /// Over one that is there already: should that be damaged, it is not any more.
    private func write(_ bytes: [UInt8], to place: URL) throws {
        let unfinished = folder.appending(path: "\(Self.unfinished)\(UUID().uuidString)")
        let home = place.deletingLastPathComponent()
        do {
            try Data(bytes).write(to: unfinished)
            try Self.synchronize(unfinished)
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            guard rename(unfinished.path, place.path) == 0 else { throw Self.lastError }
            // The names as well: the log is about to say that it is here.
            try Self.synchronize(home)
            try Self.synchronize(folder)
        } catch {
            try? FileManager.default.removeItem(at: unfinished)
            throw error
        }
    }

    private static let unfinished = ".unfinished-"

    /// What an instance that was killed while it wrote has left.
    private func removeLeftovers() throws {
        let files = FileManager.default
        for name in try files.contentsOfDirectory(atPath: folder.path) where name.hasPrefix(Self.unfinished) {
            let url = folder.appending(path: name)
            let written = try? files.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
            guard let written, written.timeIntervalSinceNow < -Limits.mediaLeftoverSeconds else { continue }
            try? files.removeItem(at: url)
        }
    }

    /// A file, or a folder's list of names.
    private static func synchronize(_ url: URL) throws {
        let descriptor = open(url.path, O_RDONLY)
        guard descriptor >= 0 else { throw lastError }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw lastError }
    }

    private static var lastError: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

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
