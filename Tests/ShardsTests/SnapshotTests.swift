import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import Synchronization
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// Copies of shards, new schema versions and checks of the log, on librdkafka's mock cluster.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SnapshotTests {
    private let cluster: MockCluster
    private let world: World
    private let folder: Scratch
    private let kept = KeptScratches()
    private let store: SnapshotFolder

    init() throws {
        cluster = try MockCluster(topics: Topic.allCases.map { Wire.names.name($0) }, partitions: Wire.partitions)
        world = try World(on: cluster.configuration)
        folder = try Scratch()
        store = try SnapshotFolder(folder.folder.appending(path: "shared"))
    }

    private static let many = Int(Limits.restoreApartRecords) + 3_000

    private func start(
        _ logic: Tally = Tally(), in scratch: Scratch, snapshots: Bool = true, client: (any LogClient)? = nil
    ) -> Running {
        let settings = ShardSettings(
            names: Wire.names, partitions: Wire.partitions, dataDirectory: scratch.folder, instanceId: nil,
            address: "http://here", sessionTimeoutMs: 6_000, snapshots: snapshots ? store : nil, snapshotEvery: 1_000)
        return Running(
            ShardPool(
                logic: logic, settings: settings, log: world.log,
                client: client ?? KafkaLogClient(world.configuration, admin: world.admin),
                logger: Logger(label: "snapshots") { _ in SwiftLogNoOpLogHandler() }))
    }

    private func fill(_ count: Int, from first: Int = 0) async throws {
        let events = (first..<first + count).map { world.said("m\($0)", "cannot be answered") }
        _ = try await world.log.append(events, to: .messages)
    }

    private func list() throws -> [Snapshot] { try store.list(service: "tally", shard: Wire.partition) }

    /// A log with many records, a snapshot of most of them, and the hash of the state that has folded all.
    private func prepared() async throws -> [String: String] {
        try await fill(Self.many)
        let scratch = try kept.make()
        let pool = start(in: scratch)
        let shard = try await pool.live()
        try await wait("a snapshot") { try list().count == 1 }
        try await fill(10, from: Self.many)
        try await wait("the rest to be folded") { try await world.count(shard, "said") == Self.many + 10 }
        let hash = try await world.hash(shard)
        try await pool.stop()
        return hash
    }

    @Test("a lost shard goes on from the snapshot, and agrees with one that was folded from the start")
    func adopts() async throws {
        let hash = try await prepared()
        let counting = CountingClient(KafkaLogClient(world.configuration, admin: world.admin))
        let scratch = try kept.make()
        let pool = start(in: scratch, client: counting)
        #expect(try await world.hash(pool.live()) == hash)
        #expect(counting.read < 100, "it read \(counting.read) records apart")
        try await pool.stop()
        let other = try kept.make()
        let rebuilt = start(in: other, snapshots: false)
        #expect(try await world.hash(rebuilt.live()) == hash)
        try await rebuilt.stop()
    }

    @Test("a snapshot of another log, of another shard or torn is refused, and the log is folded instead")
    func refuses() async throws {
        let hash = try await prepared()
        let good = try #require(try list().first)
        let bad = folder.folder.appending(path: "bad")
        func publish(_ change: (inout Snapshot) -> Void, bytes: ((Data) -> Data)? = nil) throws {
            try? FileManager.default.removeItem(at: bad)
            try store.fetch(good, to: bad)
            if let bytes { try bytes(Data(contentsOf: bad)).write(to: bad) }
            var snapshot = good
            snapshot.madeAt = snapshot.madeAt.adding(milliseconds: 1)
            change(&snapshot)
            try store.publish(bad, as: snapshot)
        }
        try publish { $0.positions["messages"]?.lastId = "somebody-elses" }
        try publish {
            $0.madeAt = $0.madeAt.adding(milliseconds: 1)
            $0.positions["messages"]?.next = 1_000_000
        }
        try publish({ $0.madeAt = $0.madeAt.adding(milliseconds: 2) }) { $0.prefix($0.count / 2) }
        try store.remove(good)
        #expect(try list().count == 3)
        let counting = CountingClient(KafkaLogClient(world.configuration, admin: world.admin))
        let scratch = try kept.make()
        let pool = start(in: scratch, client: counting)
        #expect(try await world.hash(pool.live()) == hash)
        #expect(counting.read >= Self.many)
        try await wait("a good one in their place") {
            try list().map { $0.positions["messages"]?.next } == [Int64(Self.many + 10)]
        }
        try await pool.stop()
    }

    @Test("a file that is no database any more is set aside, and the log is folded anew")
    func damage() async throws {
        try await fill(20)
        let scratch = try kept.make()
        let first = start(in: scratch)
        _ = try await first.live()
        try await first.stop()
        let name = ShardFile<Tally>.name(Tally(), partition: Wire.partition)
        let file = scratch.folder.appending(path: name)
        try Data(repeating: 0xa5, count: 50_000).write(to: file)
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
        let second = start(in: scratch)
        #expect(try await world.count(second.live(), "said") == 20)
        #expect(FileManager.default.fileExists(atPath: file.path + ".damaged"))
        try await second.stop()
    }

    @Test("a new version folds what the old one skipped, before it joins; the old file goes when the new one serves")
    func rollingUpgrade() async throws {
        let later = Event(
            ConversationClosed(conversationId: "c", by: Staff(id: "s", name: "S")), id: "closed-1",
            dealership: "demo", service: "conversations", time: Timestamp(milliseconds: 2_000))
        _ = try await world.log.append(later, to: .messages)
        _ = try await prepared()
        let (here, there) = (try kept.make(), try kept.make())
        let old = start(in: here)
        var shard = try await old.live()
        #expect(try await world.count(shard, "said") == Self.many + 10)
        #expect(await old.pool.status().first { $0.shard == Wire.partition }?.skipped == 1)

        // Both run: the new one has folded the shard before the group gives it any.
        let new = start(Tally(schemaVersion: 2), in: there)
        try await wait("the new version to fold beside the old one") {
            let name = ShardFile<Tally>.name(Tally(), partition: Wire.partition, version: 2)
            return FileManager.default.fileExists(atPath: there.folder.appending(path: name).path)
        }
        try await wait("both to share") {
            let all = await old.pool.status() + new.pool.status()
            return all.count == Int(Wire.partitions) && all.allSatisfy { $0.state == "live" } && new.pool.isReady
        }
        #expect(try list().contains { $0.schemaVersion == 2 })
        _ = try await world.log.append(world.said("while-both-run", "cannot be answered"), to: .messages)
        try await old.stop()
        shard = try await new.live()
        try await wait("everything, and what the old one had skipped") {
            try await world.count(shard, "said") == Self.many + 12
        }
        try await new.stop()

        // The old one's folder, taken over by the new version.
        let upgraded = start(Tally(schemaVersion: 2), in: here)
        shard = try await upgraded.live()
        #expect(try await world.count(shard, "said") == Self.many + 12)
        try await wait("the older file to go") {
            try ShardFile<Tally>.versions(in: here.folder, logic: Tally(), partition: Wire.partition) == [2]
        }
        try await upgraded.stop()
    }

    @Test("partitions that somebody adds halt every shard, loudly, until the count is right again")
    func partitionsChange() async throws {
        let counting = CountingClient(KafkaLogClient(world.configuration, admin: world.admin))
        let scratch = try kept.make()
        let pool = start(in: scratch, client: counting)
        _ = try await pool.live()
        counting.partitions = 24
        await pool.pool.countPartitions()
        #expect(await pool.state() == "halted")
        #expect(pool.pool.unready.first?.contains("24 partitions, 12 are expected") == true)
        #expect(throws: ShardUnavailable.self) { try pool.pool.shard(of: "demo") }
        try await pool.pool.resume(Wire.partition)
        try await wait("the shard to halt again") { await pool.state() == "halted" }
        counting.partitions = nil
        try await pool.pool.resume(Wire.partition)
        _ = try await pool.live()
        try await pool.stop()
    }

    /// The newest record of the other log is the one folded last, as when the loop has read on there.
    @Test(
        "what was folded is looked up in the log while it is served, and another record there halts the shard",
        arguments: [3, 0])
    func looksAgain(before: Int) async throws {
        try await fill(before)
        let counting = CountingClient(KafkaLogClient(world.configuration, admin: world.admin))
        let pool = start(in: try kept.make(), client: counting)
        let shard = try await pool.live()
        var troubles = pool.pool.troubles.makeAsyncIterator()
        for number in before..<before + 3 {
            try await fill(1, from: number)
            try await wait("it to be folded") { try await world.count(shard, "said") == number + 1 }
        }
        await pool.pool.checkLog()
        #expect(await pool.state() == "live")
        try await fill(1, from: before + 3)
        try await wait("it to be folded") { try await world.count(shard, "said") == before + 4 }

        let anew = try MockCluster(topics: [Wire.names.name(.messages)], partitions: Wire.partitions)
        let other = try World(on: anew.configuration)
        let events = (0..<before + 3).map { other.said("x\($0)") } + [other.said("m\(before + 3)")]
        _ = try await other.log.append(events, to: .messages)
        counting.elsewhere = KafkaLogClient(other.configuration, admin: other.admin)
        await pool.pool.checkLog()
        #expect(await pool.state() == "halted")
        let trouble = try #require(await troubles.next())
        #expect(trouble.partition == Wire.partition)
        #expect(trouble.trouble.kind == .otherRecord)
        let detail = await pool.pool.status().first { $0.shard == Wire.partition }?.detail
        #expect(detail?.contains("POST /v1/shards/\(Wire.partition)/resume") == true)
        try await pool.stop()
    }

    @Test("a topic that was empty and has been made anew and has grown since is seen by the first check")
    func looksAtTheFirst() async throws {
        let counting = CountingClient(KafkaLogClient(world.configuration, admin: world.admin))
        let pool = start(in: try kept.make(), client: counting)
        let shard = try await pool.live()
        for number in 0..<2 {
            try await fill(1, from: number)
            try await wait("it to be folded") { try await world.count(shard, "said") == number + 1 }
        }
        let anew = try MockCluster(topics: [Wire.names.name(.messages)], partitions: Wire.partitions)
        let other = try World(on: anew.configuration)
        _ = try await other.log.append([other.said("x0"), other.said("m1")], to: .messages)
        counting.elsewhere = KafkaLogClient(other.configuration, admin: other.admin)
        await pool.pool.checkLog()
        #expect(await pool.state() == "halted")
        try await pool.stop()
    }
}

/// A folder is gone with its last reference, which would be before the test is done with it.
private final class KeptScratches {
    private var all: [Scratch] = []

    func make() throws -> Scratch {
        all.append(try Scratch())
        return all[all.count - 1]
    }
}

/// Kafka, with a count of what readers read, and, on demand, another number of partitions or another log for readers.
private final class CountingClient: LogClient {
    private let client: any LogClient
    private let state = Mutex((read: 0, partitions: Int32?.none, elsewhere: (any LogClient)?.none))

    init(_ client: any LogClient) { self.client = client }

    var read: Int { state.withLock { $0.read } }
    var partitions: Int32? {
        get { state.withLock { $0.partitions } }
        set { state.withLock { $0.partitions = newValue } }
    }
    var elsewhere: (any LogClient)? {
        get { state.withLock { $0.elsewhere } }
        set { state.withLock { $0.elsewhere = newValue } }
    }

    func join(
        _ group: String, lead: String, instanceId: String?, sessionTimeoutMs: Int, logger: Logger
    ) throws -> any LogMember {
        try client.join(
            group, lead: lead, instanceId: instanceId, sessionTimeoutMs: sessionTimeoutMs, logger: logger)
    }

    func reader(logger: Logger) throws -> any LogReader {
        CountingReader(reader: try (elsewhere ?? client).reader(logger: logger)) { count in
            self.state.withLock { $0.read += count }
        }
    }

    func ranges(_ partitions: [TopicPartition]) async throws -> [TopicPartition: Range<Int64>] {
        try await client.ranges(partitions)
    }

    func partitionCount(_ topic: String) async throws -> Int32? {
        if let partitions { return partitions }
        return try await client.partitionCount(topic)
    }
}

private struct CountingReader: LogReader {
    let reader: any LogReader
    let count: @Sendable (Int) -> Void

    func start(_ offsets: [TopicPartition: Int64]) async throws { try await reader.start(offsets) }

    func next() async throws -> ConsumerEvent? {
        let event = try await reader.next()
        // The owners' claims are read by a reader too.
        if case .records(let records)? = event {
            count(records.count { $0.topic != Wire.names.name(.owners) })
        }
        return event
    }

    func close() async { await reader.close() }
}
