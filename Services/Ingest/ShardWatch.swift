import Shards

/// Looks at each shard while it is live here: whenever something was folded, and once a second.
struct ShardWatch: Sendable {
    let partitions: Int32
    /// The shard, if it is live here.
    let live: @Sendable (Int32) -> Shard?
    var time: any LoopTime = SystemTime()

    init(partitions: Int32, time: any LoopTime = SystemTime(), live: @escaping @Sendable (Int32) -> Shard?) {
        self.partitions = partitions
        self.time = time
        self.live = live
    }

    /// Until it is cancelled.
    func run(_ look: @escaping @Sendable (Shard) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for partition in 0..<partitions {
                group.addTask {
                    while !Task.isCancelled {
                        if let shard = live(partition) { await follow(shard, look) }
                        try? await time.sleep(for: Limits.look)
                    }
                }
            }
        }
    }

    /// Until it is lost.
    private func follow(_ shard: Shard, _ look: @escaping @Sendable (Shard) async -> Void) async {
        let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in shard.changes() { wake.continuation.yield() }
                wake.continuation.finish()
            }
            group.addTask {
                while !Task.isCancelled {
                    wake.continuation.yield()
                    try? await time.sleep(for: Limits.look)
                }
            }
            for await _ in wake.stream {
                await look(shard)
                try? await time.sleep(for: Limits.lookPause)
            }
            group.cancelAll()
        }
    }
}
