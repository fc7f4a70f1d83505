import Dispatch
import GRDB

/// Whatever touches a file goes through here, so that a simulation can count the calls, fail one of them, or never
/// answer a process that has crashed.
///
/// A call throws what `body` throws; `CancellationError` if the task is cancelled before a database was reached.
public protocol LoopDisk: Sendable {
    /// Runs what blocks on files, outside the cooperative pool.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T
    /// Reads one snapshot.
    func read<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T
    /// Writes in one transaction.
    func write<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T
    /// With the writer's connection; `body` has the transactions.
    func writeWithoutTransaction<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T
}

/// The system's.
public struct SystemDisk: LoopDisk {
    public init() {}

    public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }

    public func read<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await database.read(body)
    }

    public func write<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await database.write(body)
    }

    public func writeWithoutTransaction<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await database.writeWithoutTransaction(body)
    }
}
