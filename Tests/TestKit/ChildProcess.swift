import Foundation

/// A program of ours as a process of its own, to be killed and frozen. It ends with the tests at the latest.
public final class ChildProcess: Sendable {
    private let identifier: Int32

    /// - Parameter program: the name of an executable of this package, built beside the tests.
    public init(_ program: String, _ arguments: [String], environment: [String: String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        try process.run()
        identifier = process.processIdentifier
        Leftovers.shared.add(identifier)
    }

    deinit { kill() }

    /// SIGKILL.
    public func kill() {
        Foundation.kill(identifier, SIGKILL)
        Leftovers.shared.remove(identifier)
    }

    /// SIGSTOP: it neither reads nor says anything.
    public func freeze() { Foundation.kill(identifier, SIGSTOP) }

    /// SIGCONT.
    public func thaw() { Foundation.kill(identifier, SIGCONT) }
}
