import Foundation
import Kafka

/// The local broker (`compose/broker`) as a process of its own, with data of its own.
///
/// It keeps data in memory and writes behind once a second: `kill` loses the last second, `terminate` nothing.
public actor LocalBroker {
    public nonisolated let port: Int
    private let directory: URL
    private var process: Process?

    /// Starts it, and waits until it answers.
    public init() async throws {
        port = try Self.freePort()
        directory = FileManager.default.temporaryDirectory.appending(path: "directchat-broker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try await start()
    }

    isolated deinit {
        if let process, process.isRunning {
            Foundation.kill(process.processIdentifier, SIGKILL)
            Leftovers.shared.remove(process.processIdentifier)
        }
        do {
            try FileManager.default.removeItem(at: directory)
        } catch {
            // A temporary directory that stays is the system's to clear.
        }
    }

    public nonisolated var bootstrapServers: String { "127.0.0.1:\(port)" }

    public nonisolated var configuration: KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: bootstrapServers, clientId: "test")
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Again on the same port with the same data, and waits until it answers.
    public func start() async throws {
        let process = Process()
        process.executableURL = Self.root.appending(path: "compose/broker")
        process.arguments = ["--port", String(port), "--data-dir", directory.path]
        let log = directory.appending(path: "broker.log")
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        process.standardError = output
        try Self.withSignalsUnblocked { try process.run() }
        Leftovers.shared.add(process.processIdentifier)
        self.process = process
        try await wait("the broker to answer") { Self.isOpen(self.port) }
    }

    /// SIGKILL; comes back when nobody listens any more.
    public func kill() async throws { try await end(SIGKILL) }

    /// SIGTERM: everything is saved.
    public func terminate() async throws { try await end(SIGTERM) }

    private func end(_ signal: Int32) async throws {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, signal)
        try await wait("the broker to end") { !process.isRunning && !Self.isOpen(self.port) }
        Leftovers.shared.remove(process.processIdentifier)
        self.process = nil
    }

    /// Threads of the cooperative pool block signals, and a child inherits that: it would never see SIGTERM.
    private static func withSignalsUnblocked<T>(_ body: () throws -> T) rethrows -> T {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return try body()
    }

    // MARK: finding things

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Failure("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func isOpen(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
