import Contracts
import Kafka
import Logging
import Synchronization

/// Who serves which shard, as the topic `owners` says. Every instance reads it, without a group.
///
/// A wrong guess costs one 503, so nothing but readiness waits for this topic.
final class Owners: Sendable {
    private struct State {
        var addresses: [String: String] = [:]
        /// Partitions whose end has been seen: before that a missing claim says nothing.
        var read: Set<Int32> = []
    }

    private let state = Mutex(State())
    private let settings: ShardSettings
    private let client: any LogClient
    private let logger: Logger

    init(settings: ShardSettings, client: any LogClient, logger: Logger) {
        self.settings = settings
        self.client = client
        self.logger = logger
    }

    func address(service: String, shard: Int32) -> String? {
        state.withLock { $0.addresses["\(service)/\(shard)"] }
    }

    /// Has the end of each shard's claims been seen once? Before that an instance says of a shard that is served
    /// elsewhere that nobody serves it.
    var isKnown: Bool { state.withLock { $0.read.count >= Int(settings.partitions) } }

    /// `true` if the last claim is somebody else's, or there is none.
    func lacksClaim(service: String, shard: Int32, address: String) -> Bool {
        state.withLock { $0.read.contains(shard) && $0.addresses["\(service)/\(shard)"] != address }
    }

    /// Reads until cancelled.
    func run() async throws {
        let reader = try client.reader(logger: logger)
        let topic = settings.names.name(.owners)
        let all = (0..<settings.partitions).map { TopicPartition(topic: topic, partition: $0) }
        try await reader.start(Dictionary(uniqueKeysWithValues: all.map { ($0, Offset.beginning) }))
        while let event = try await reader.next() {
            switch event {
            case .records(let records):
                for record in records { note(record) }
            case .reachedEnd(let place, _):
                state.withLock { _ = $0.read.insert(place.partition) }
            case .fault(let place, let error):
                // The topic was made anew or trimmed: what it says now counts.
                logger.warning("owners are read anew", metadata: ["error": "\(error)"])
                try await reader.start([place: Offset.beginning])
            default:
                break
            }
        }
        await reader.close()
    }

    private func note(_ record: Record) {
        guard let key = record.key.map({ String(decoding: $0, as: UTF8.self) }) else { return }
        let claim = record.value.flatMap { try? ShardOwned(json: JSONView(Array($0))) }
        guard let claim, claim.key == key, claim.shard == record.partition else { return }
        state.withLock { $0.addresses[key] = claim.address }
    }
}
