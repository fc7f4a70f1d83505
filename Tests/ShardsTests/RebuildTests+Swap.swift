import Contracts
import Foundation
import GRDB
import Kafka
import Synchronization
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// What can come in between while a rebuilt file takes the live one's place.
extension RebuildTests {
    @Test("a snapshot of the old file that was on its way is removed too")
    func snapshotOnItsWay() async throws {
        let store = Held(snapshots)
        let pool = start(store: store)
        let shard = try await pool.live()
        store.holds()
        try await fill(30, shard)
        try await wait("a snapshot to be on its way") { store.waiting > 0 }
        _ = try await rebuilt(pool)
        _ = try await verified(pool)
        async let swapped = pool.pool.swap(Wire.partition)
        try await Task.sleep(for: .milliseconds(300))
        store.goesOn()
        _ = try await swapped
        _ = try await pool.live()
        let old = try #require(store.published.first)
        #expect(try !list().contains(old))
        try await pool.stop()
    }

    @Test("nothing is swapped where snapshots of the old file may stay")
    func snapshotsStay() async throws {
        let store = Held(snapshots)
        let pool = start(store: store)
        let shard = try await pool.live()
        try await fill(30, shard)
        _ = try await rebuilt(pool)
        _ = try await verified(pool)
        store.refuses(true)
        await refused("snapshots-stay") { _ = try await pool.pool.swap(Wire.partition) }
        #expect(!isThere(".replaced"))
        let again = try await pool.live()
        #expect(try await world.count(again, "said") == 30)
        store.refuses(false)
        _ = try await pool.pool.swap(Wire.partition)
        #expect(isThere(".replaced"))
        try await pool.stop()
    }

    @Test("what is owed and on its way to the log is waited for, or it would be owed twice")
    func owing() async throws {
        let appender = HeldAppender(world.log.appender)
        let log = EventLog(names: Wire.names, partitions: Wire.partitions, appender: appender)
        let pool = start(log: log)
        let shard = try await pool.live()
        try await fill(10, shard)
        _ = try await rebuilt(pool)
        _ = try await verified(pool)
        appender.isHeld.withLock { $0 = true }
        _ = try await world.log.append((10..<15).map { world.said("m\($0)") }, to: .messages)
        try await wait("answers to be on their way") { appender.waiting.withLock { $0 > 0 } }
        await refused("owing") { _ = try await pool.pool.swap(Wire.partition) }
        // It was served all the while, and what was refused is as it was.
        #expect(try await world.count(shard, "said") == 15)
        #expect(try await pool.pool.rebuildReport(Wire.partition).state == .verified)
        async let swapped = pool.pool.swap(Wire.partition)
        try await Task.sleep(for: .milliseconds(100))
        appender.isHeld.withLock { $0 = false }
        _ = try await swapped
        let after = try await pool.live()
        try await wait("the answers") { try await world.count(after, "answered") == 15 }
        #expect(try await world.end(.qualifications) == 15)
        try await pool.stop()
    }

    @Test("only the file that was compared is put in place", arguments: ["gone", "behind"])
    func otherFile(_ what: String) async throws {
        let pool = start()
        let shard = try await pool.live()
        try await fill(10, shard)
        let hash = try await world.hash(shard)
        _ = try await rebuilt(pool)
        _ = try await verified(pool)
        if what == "gone" {
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: file.path + ".rebuild" + suffix)
            }
        } else {
            try change("UPDATE _positions SET next = next - 1", in: ".rebuild")
        }
        await #expect(throws: (any Error).self) { _ = try await pool.pool.swap(Wire.partition) }
        #expect(try await world.hash(pool.live()) == hash)
        #expect(!isThere(".replaced"))
        _ = try await pool.pool.rebuild(Wire.partition, anew: true)
        try await wait("the rebuild") { try await pool.pool.rebuildReport(Wire.partition).state == .rebuilt }
        _ = try await verified(pool)
        _ = try await pool.pool.swap(Wire.partition)
        #expect(try await world.hash(pool.live()) == hash)
        try await pool.stop()
    }

    @Test("a swap beside another rebuild puts a whole file in place, or none")
    func besideAnother() async throws {
        let pool = start()
        try await fill(40, try await pool.live())
        let hash = try await world.hash(try await pool.live())
        for _ in 0..<8 {
            _ = try await pool.live()
            _ = try await pool.pool.rebuild(Wire.partition)
            try await wait("the rebuild") {
                [.rebuilt, .verified].contains(try await pool.pool.rebuildReport(Wire.partition).state)
            }
            _ = try await verified(pool)
            async let swapped = try? pool.pool.swap(Wire.partition)
            async let begun = try? pool.pool.rebuild(Wire.partition, anew: true)
            _ = await (swapped, begun)
            #expect(try await world.hash(pool.live()) == hash)
        }
        try await pool.stop()
    }
}

/// Snapshots that are published when a test says so.
private final class Held: SnapshotStore {
    private struct State {
        var isHeld = false
        var refuses = false
        var waiting = 0
        var published: [Snapshot] = []
    }

    private let store: any SnapshotStore
    private let state = Mutex(State())

    init(_ store: any SnapshotStore) { self.store = store }

    var waiting: Int { state.withLock { $0.waiting } }
    var published: [Snapshot] { state.withLock { $0.published } }
    func holds() { state.withLock { $0.isHeld = true } }
    func goesOn() { state.withLock { $0.isHeld = false } }
    func refuses(_ refuses: Bool) { state.withLock { $0.refuses = refuses } }

    func list(service: String, shard: Int32) throws -> [Snapshot] {
        if state.withLock({ $0.refuses }) { throw Failure("the store does not answer") }
        return try store.list(service: service, shard: shard)
    }

    func fetch(_ snapshot: Snapshot, to file: URL) throws { try store.fetch(snapshot, to: file) }

    func publish(_ file: URL, as snapshot: Snapshot) throws {
        state.withLock { $0.waiting += 1 }
        while state.withLock({ $0.isHeld }) { Thread.sleep(forTimeInterval: 0.01) }
        try store.publish(file, as: snapshot)
        state.withLock { $0.published.append(snapshot) }
    }

    func remove(_ snapshot: Snapshot) throws { try store.remove(snapshot) }
}

/// What is owed is taken when a test says so.
private final class HeldAppender: LogAppender {
    private let appender: any LogAppender
    let isHeld = Mutex(false)
    let waiting = Mutex(0)

    init(_ appender: any LogAppender) { self.appender = appender }

    func send(_ records: [OutgoingRecord]) async throws -> [Int64] {
        if records.contains(where: { $0.topic == Wire.names.name(.qualifications) }), isHeld.withLock({ $0 }) {
            waiting.withLock { $0 += 1 }
            while isHeld.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
        }
        return try await appender.send(records)
    }

    func post(_ record: OutgoingRecord) { appender.post(record) }
}
