import GRDB
import Shards

extension Shard {
    /// Reads again after each batch that was folded here, until `read` gives something.
    ///
    /// - Returns: `nil` when `limit` is over.
    /// - Throws: `ShardUnavailable` when the shard is lost meanwhile.
    func first<T: Sendable>(
        within limit: Duration, _ read: @escaping @Sendable (Database) throws -> T?
    ) async throws -> T? {
        // Subscribed before the first read, so that nothing folded in between is missed.
        let changes = changes()
        if let found = try await self.read(read) { return found }
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                for await _ in changes {
                    if let found = try await self.read(read) { return found }
                }
                try Task.checkCancellation()
                throw ShardUnavailable(.closed)
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
