/// Shards folded anew beside the live ones, for whoever doubts a state. The owner of a shard does it.
extension ShardPool {
    /// Begins to fold the shard from the log's start into a file beside the live one, which serves on. Nothing is owed
    /// by it, and nothing is sent.
    ///
    /// - Parameter anew: also where a finished one is there; one that is under way goes on.
    /// - Returns: the state of the one that is there.
    /// - Throws: `ShardUnavailable` if the shard is not held here.
    public func rebuild(_ partition: Int32, anew: Bool = false) async throws -> RebuildStatus {
        try await held(partition).startRebuild(anew: anew)
    }

    /// Begins to compare the rebuilt file with the live one.
    ///
    /// - Throws: `RebuildRefused` where there is nothing to compare; `ShardUnavailable`.
    public func verify(_ partition: Int32) async throws -> RebuildStatus {
        try await held(partition).verifyRebuild()
    }

    /// How far it is, with what the last verification found.
    ///
    /// - Throws: `RebuildRefused` if there is none; `ShardUnavailable`.
    public func rebuildReport(_ partition: Int32) async throws -> RebuildStatus {
        try await held(partition).rebuildReport()
    }

    /// Puts the rebuilt file in the live one's place. Whoever waits for the shard is told to ask again.
    ///
    /// - Throws: `RebuildRefused` unless it was verified where it stands; `ShardUnavailable`.
    public func swap(_ partition: Int32) async throws -> RebuildSwap {
        try await held(partition).swapRebuild()
    }

    private func held(_ partition: Int32) throws -> ShardRunner<Logic> {
        if let runner = runner(partition) { return runner }
        // Says who has it.
        _ = try shard(partition)
        throw ShardUnavailable(.nobody)
    }
}
