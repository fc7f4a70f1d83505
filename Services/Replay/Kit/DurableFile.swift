import Foundation

/// Files that outlive a kill and a loss of power.
enum DurableFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ what: String, _ path: String) {
            description = "cannot \(what) \(path): \(String(cString: strerror(errno)))"
        }
    }

    /// Whole or not at all, and on disk when it comes back. Readable by its owner only.
    static func write(_ data: Data, to path: String) throws {
        let temporary = path + ".new"
        try put(data, temporary, O_WRONLY | O_CREAT | O_TRUNC)
        guard rename(temporary, path) == 0 else { throw Failure("write", path) }
        try syncFolder(of: path)
    }

    /// Adds a line to a file, and makes the file where there is none.
    static func append(line: String, to path: String) throws {
        try put(Data((line + "\n").utf8), path, O_WRONLY | O_CREAT | O_APPEND)
        try syncFolder(of: path)
    }

    private static func put(_ data: Data, _ path: String, _ flags: Int32) throws {
        let file = open(path, flags, 0o600)
        guard file >= 0 else { throw Failure("write", path) }
        defer { close(file) }
        try data.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Foundation.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { throw Failure("write", path) }
                rest = rest.dropFirst(count)
            }
        }
        guard fsync(file) == 0 else { throw Failure("write", path) }
    }

    /// A name is on disk once its folder is.
    private static func syncFolder(of path: String) throws {
        let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}

/// Keeps a file for one process, until it ends.
final class FileLock: Sendable {
    private let file: Int32

    /// - Throws: `Refusal` if another process has it.
    init(_ path: String) throws {
        file = open(path, O_RDONLY)
        guard file >= 0 else { throw Refusal("cannot read \(path): \(String(cString: strerror(errno)))") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw Refusal("another process is at \(path) now; wait for it, or end it")
        }
    }

    deinit { close(file) }
}
