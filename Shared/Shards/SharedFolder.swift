import Foundation

/// A folder that several instances write to: a local one, or a network file system. A file in it is whole or not there.
public struct SharedFolder: Sendable {
    public let folder: URL

    private static let unfinished = ".unfinished-"

    /// - Parameter folder: made if missing; readable by its owner only, since it holds what customers wrote and sent.
    public init(_ folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Over one that is there already.
    ///
    /// - Parameter write: makes the file at the address that it is given; on disk it is seen to here.
    public func put(at place: URL, write: (URL) throws -> Void) throws {
        let name = folder.appending(path: "\(Self.unfinished)\(UUID().uuidString)")
        let home = place.deletingLastPathComponent()
        do {
            try write(name)
            try Self.synchronize(name)
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            guard rename(name.path, place.path) == 0 else { throw Self.lastError }
            // The names as well: somebody is about to rely on the file.
            try Self.synchronize(home)
            try Self.synchronize(folder)
        } catch {
            try? FileManager.default.removeItem(at: name)
            throw error
        }
    }

    /// What an instance that was killed while it wrote has left.
    public func removeLeftovers() throws {
        let files = FileManager.default
        for name in try files.contentsOfDirectory(atPath: folder.path) where name.hasPrefix(Self.unfinished) {
            let url = folder.appending(path: name)
            let written = try? files.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
            guard let written, written.timeIntervalSinceNow < -Limits.leftoverSeconds else { continue }
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
}
