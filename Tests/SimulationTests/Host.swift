import Shards

/// A service's shards, whatever its logic.
protocol Host: Sendable {
    var unready: [String] { get }
    func shard(_ partition: Int32) throws(ShardUnavailable) -> Shard
    func shard(of dealership: String) throws(ShardUnavailable) -> Shard
    func resume(_ partition: Int32) async throws
    func run() async throws
}

extension ShardPool: Host {}
