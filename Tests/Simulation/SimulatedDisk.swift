import GRDB
import Shards

/// The disk of one process: the real one, on which calls can fail, and which a process that has crashed cannot reach.
///
/// Everything is done at once, on the caller's thread, so that a run can be repeated.
public struct SimulatedDisk: LoopDisk {
    private let process: SimulatedProcess

    public init(_ process: SimulatedProcess) {
        self.process = process
    }

    public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await call(body)
    }

    public func read<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await access(database) { try database.read(body) }
    }

    public func write<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await access(database) { try database.write(body) }
    }

    public func writeWithoutTransaction<T: Sendable>(
        _ database: DatabasePool, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await access(database) { try database.writeWithoutTransaction(body) }
    }

    private func access<T>(_ database: DatabasePool, _ body: () throws -> T) async throws -> T {
        // As GRDB does.
        try Task.checkCancellation()
        process.uses(database)
        return try await call(body)
    }

    private func call<T>(_ body: () throws -> T) async throws -> T {
        await process.step()
        let result: Result<T, any Error>
        switch process.nextDiskFault() {
        case nil: result = Result(catching: body)
        case .refused(let code): result = .failure(DatabaseError(resultCode: code, message: "injected"))
        case .at(let access, let code): result = FaultyFiles.failing(at: access, with: code) { Result(catching: body) }
        }
        await process.end()
        return try result.get()
    }
}
