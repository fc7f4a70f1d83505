import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import Synchronization
import TestKit

@testable import LoopMember
@testable import Shards

/// One log with our topics, and instances of `Tally` on it.
final class ConformanceWorld: Sendable {
    let kind: LogKind
    let log: any ConformanceLog
    let names: TopicNames
    let partitions: Int32
    /// One on each shard, in order.
    let dealerships: [String]
    private let scratch: Scratch
    private let customers: Mutex<EventLog>
    private let instances = Mutex<[ConformanceInstance]>([])

    init(_ kind: LogKind, partitions: Int32) async throws {
        self.kind = kind
        self.partitions = partitions
        names = TopicNames(prefix: "conformance-\(UUID().uuidString.prefix(8)).")
        log = try await kind.open(names: names, partitions: partitions)
        let names = names
        try await log.create(Topic.allCases.map { names.name($0) }, partitions: partitions)
        customers = Mutex(EventLog(names: names, partitions: partitions, appender: try log.appender("customers")))
        dealerships = (0..<partitions).map { shard in
            (0...).lazy.map { "dealer\($0)" }.first { Partitioner.partition($0, of: partitions) == shard } ?? ""
        }
        scratch = try Scratch()
    }

    func end() async throws {
        for instance in instances.withLock({ $0 }) { try? await instance.stop() }
        try await log.end()
    }

    // MARK: Instances

    func folder(_ address: String) -> URL {
        scratch.folder.appendingPathComponent(address.replacing("/", with: "_"))
    }

    /// An instance at its address, with a folder of its own, or that of an earlier one at `folder`.
    func start(
        _ address: String = "http://here", folder: String? = nil, instanceId: String? = nil, logic: Tally = Tally()
    ) throws -> ConformanceInstance {
        let settings = ShardSettings(
            names: names, partitions: partitions, dataDirectory: self.folder(folder ?? address),
            instanceId: instanceId, address: address, sessionTimeoutMs: kind.sessionTimeoutMs)
        let events = EventLog(names: names, partitions: partitions, appender: try log.appender(address))
        var logger = Logger.silent
        logger[metadataKey: "at"] = "\(address)"
        let running = ConformanceInstance(
            ShardPool(
                logic: logic, settings: settings, log: events, client: try log.client(address), logger: logger))
        instances.withLock { $0.append(running) }
        return running
    }

    // MARK: The log

    func said(_ id: String, _ text: String = "hello", shard: Int32 = 0) -> Event {
        Event(
            MessageReceived(conversationId: "c", clientMessageId: id, channel: .web, text: text), id: id,
            dealership: dealerships[Int(shard)], service: "ingest", time: Timestamp(milliseconds: 1_000))
    }

    private var events: EventLog { customers.withLock { $0 } }

    /// Loses what `body` appends, or the end of it.
    func loseTail(_ body: () async throws -> Void) async throws {
        try await log.loseTail(body)
        // The numbers of the old producer's records do not go on from what the log has now.
        let anew = EventLog(names: names, partitions: partitions, appender: try log.appender("customers"))
        customers.withLock { $0 = anew }
    }

    /// A customer says something, whether or not an instance is there.
    func say(_ ids: [String], _ text: String = "hello", shard: Int32 = 0) async throws {
        _ = try await events.append(ids.map { said($0, text, shard: shard) }, to: .messages)
    }

    func append(_ event: Event, to topic: Topic) async throws {
        _ = try await events.append(event, to: topic)
    }

    /// Appends what is no event.
    func appendRaw(_ text: String, to topic: Topic, shard: Int32 = 0) async throws {
        let record = OutgoingRecord(
            topic: names.name(topic), partition: shard, key: Array(dealerships[Int(shard)].utf8),
            value: Array(text.utf8))
        try await events.appender.send([record])
    }

    func place(_ topic: Topic, shard: Int32 = 0) -> TopicPartition { TopicPartition(names.name(topic), shard) }

    func end(_ topic: Topic, shard: Int32 = 0) async throws -> Int64 {
        let place = place(topic, shard: shard)
        return try await log.client("customers").ranges([place])[place]?.upperBound ?? 0
    }

    /// All that a partition has.
    func records(_ topic: Topic, shard: Int32 = 0) async throws -> [Kafka.Record] {
        let place = place(topic, shard: shard)
        let reader = try log.client("customers").reader(logger: .silent)
        try await reader.start([place: Offset.beginning])
        var all: [Kafka.Record] = []
        loop: while let event = try await reader.next() {
            switch event {
            case .records(let records): all += records
            case .reachedEnd: break loop
            case .fault(_, let error): throw error
            default: break
            }
        }
        await reader.close()
        return all
    }
}
