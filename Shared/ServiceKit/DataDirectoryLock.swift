import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Keeps a second process out of a data directory: two would fold the same files. The kernel frees the lock with the
/// process, however it ends.
final class DataDirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `ConfigurationError` naming the directory, and the process that has it.
    init(_ directory: URL) throws {
        let path = directory.appending(path: ".lock").path
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw ConfigurationError("--data-dir: cannot make \(directory.path): \(error.localizedDescription)")
        }
        // Not inherited: a child that outlives us must not keep the next start out.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ConfigurationError(
                "--data-dir: cannot write in \(directory.path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            close(descriptor)
            throw ConfigurationError(
                "--data-dir: \(directory.path) is in use by process \(holder.isEmpty ? "unknown" : holder)")
        }
        let pid = Array("\(ProcessInfo.processInfo.processIdentifier)".utf8)
        ftruncate(descriptor, 0)
        _ = write(descriptor, pid, pid.count)
    }

    deinit { close(descriptor) }
}
