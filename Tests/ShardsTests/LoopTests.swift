import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import TestKit
import Testing

@testable import Shards

/// The loop on a real broker process.
@Suite(.serialized) struct LoopTests {
    @Test func foldsAndAppendsWhatItOwesOnce() async throws {
        let (world, broker) = try await World.local()
        let pool = try world.start()
        let shard = try await pool.live()
        for index in 0..<20 {
            _ = try await shard.append(world.said("m\(index)"), to: .messages)
        }
        try await wait("20 answers") { try await world.count(shard, "answered") == 20 }
        #expect(try await world.count(shard, "said") == 20)
        // A repeated record and a tick later nothing more is owed.
        _ = try await shard.append(world.said("m3"), to: .messages)
        try await wait("the double to be folded") { try await world.count(shard, "said") == 20 }
        #expect(try await world.end(.qualifications) == 20)
        try await pool.stop()
        try await broker.kill()
    }

    @Test func aHandlersOwnRecordIsFoldedWhenAppendReturns() async throws {
        let (world, broker) = try await World.local()
        let pool = try world.start()
        let shard = try await pool.live()
        let place = try await shard.append(world.said("mine"), to: .messages)
        #expect(try await world.count(shard, "said") == 1)
        #expect(try await shard.isDeadLetter(place) == false)
        let bad = try await shard.append(world.said("late", "refuse late"), to: .messages)
        #expect(try await shard.isDeadLetter(bad))
        try await pool.stop()
        try await broker.kill()
    }

    @Test func aRestartContinuesAndARebuildAgrees() async throws {
        let (world, broker) = try await World.local()
        let first = try world.start()
        var shard = try await first.live()
        for index in 0..<10 { _ = try await shard.append(world.said("m\(index)"), to: .messages) }
        try await wait("answers") { try await world.count(shard, "answered") == 10 }
        let before = try await world.hash(shard)
        try await first.stop()
        _ = try await world.log.append(world.said("while-away"), to: .messages)

        let second = try world.start()
        shard = try await second.live()
        #expect(try await world.count(shard, "said") == 11)
        try await wait("the answer") { try await world.count(shard, "answered") == 11 }
        let after = try await world.hash(shard)
        #expect(after != before)
        try await second.stop()

        world.scratch = try Scratch()
        let rebuilt = try world.start()
        shard = try await rebuilt.live()
        #expect(try await world.hash(shard) == after)
        #expect(try await world.end(.qualifications) == 11)
        try await rebuilt.stop()
        try await broker.kill()
    }

    @Test func farBehindItIsRestoredApart() async throws {
        let (world, broker) = try await World.local()
        let count = Int(Limits.restoreApartRecords) + 1_000
        _ = try await world.log.append((0..<count).map { world.said("m\($0)", "cannot be answered") }, to: .messages)
        let pool = try world.start()
        let shard = try await pool.live()
        #expect(try await world.count(shard, "said") == count)
        _ = try await shard.append(world.said("after"), to: .messages)
        #expect(try await world.count(shard, "said") == count + 1)
        try await pool.stop()
        try await broker.kill()
    }

    @Test func aLostTailHaltsTheShardAndResumeFoldsTheLogAsItIs() async throws {
        let (world, broker) = try await World.local()
        var pool = try world.start()
        var shard = try await pool.live()
        _ = try await shard.append(world.said("kept", "cannot be answered"), to: .messages)
        // A graceful stop keeps what it has; what comes after is in memory only for about a second.
        try await broker.terminate()
        try await broker.start()
        try await wait("the shard to be verified again") { (try? pool.pool.shard(of: "demo")) != nil }
        shard = try await pool.live()
        for index in 0..<5 {
            _ = try await world.log.append(world.said("lost\(index)", "cannot be answered"), to: .messages)
        }
        try await shard.reached(.messages, 5)
        try await pool.stop()
        try await broker.kill()
        try await broker.start()
        let end = try await world.end(.messages)
        guard end < 6 else {
            // The broker had written behind already: there is no lost tail to see in this run.
            print("skipped: the broker lost nothing")
            return
        }
        // Grown over: other records stand where the lost ones stood.
        let other = try world.producer()
        for index in 0..<10 {
            _ = try await other.append(world.said("new\(index)", "cannot be answered"), to: .messages)
        }
        pool = try world.start()
        try await wait("the shard to halt") { await pool.state() == "halted" }
        #expect(throws: ShardUnavailable.self) { try pool.pool.shard(of: "demo") }
        #expect(!pool.pool.isReady)
        try await pool.pool.resume(Wire.partition)
        shard = try await pool.live()
        #expect(Int64(try await world.count(shard, "said")) == end + 10)
        try await pool.stop()
        try await broker.kill()
    }

    @Test func anSQLiteErrorStopsTheShardAndIsNoDeadLetter() async throws {
        let (world, broker) = try await World.local()
        let pool = try world.start()
        var shard = try await pool.live()
        let path = world.scratch.folder.appendingPathComponent(
            ShardFile<Tally>.name(Tally(), partition: Wire.partition)
        ).path
        // Somebody else holds the write lock for longer than the writer waits.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let thief = try DatabaseQueue(path: path, configuration: configuration)
        try await thief.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        _ = try await world.log.append(world.said("waits", "cannot be answered"), to: .messages)
        try await wait("the shard to stop") { await pool.state() != "live" }
        try await thief.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        shard = try await pool.live()
        try await wait("the record to be folded") { try await world.count(shard, "said") == 1 }
        #expect(try await pool.pool.deadLetters(limit: 10).isEmpty)
        try await pool.stop()
        try await broker.kill()
    }

    @Test func tooManyOwedRecordsAreHeldUntilSomebodyAgrees() async throws {
        let (world, broker) = try await World.local(Tally(limit: 3))
        _ = try await world.log.append((0..<5).map { world.said("m\($0)") }, to: .messages)
        let pool = try world.start()
        try await wait("the shard to hold") { await pool.state() == "holding" }
        #expect(try await world.end(.qualifications) == 0)
        try await pool.pool.resume(Wire.partition)
        try await wait("the answers") { try await world.end(.qualifications) == 5 }
        try await pool.stop()
        try await broker.kill()
    }

    @Test func twoInstancesShareTheShardsAndOneTakesOver() async throws {
        // The mock cluster: the local broker does not always finish a rebalance of dynamic members.
        let cluster = try MockCluster(topics: Topic.allCases.map { Wire.names.name($0) }, partitions: Wire.partitions)
        let world = try World(on: cluster.configuration)
        let first = try world.start(address: "http://first", sessionTimeoutMs: 6_000)
        _ = try await first.live()
        let elsewhere = try Scratch()
        let second = try world.start(folder: elsewhere, address: "http://second", sessionTimeoutMs: 6_000)
        try await wait("both to serve") {
            let (a, b) = (await first.pool.status(), await second.pool.status())
            return a.count + b.count == Int(Wire.partitions) && !a.isEmpty && !b.isEmpty
                && (a + b).allSatisfy { $0.state == "live" }
        }
        try await wait("each to know the other's shards") {
            (0..<Wire.partitions).allSatisfy { shard in
                [first.pool.reason(shard), second.pool.reason(shard)].contains {
                    if case .elsewhere? = $0 { true } else { false }
                }
            }
        }
        try await first.stop()
        try await wait("the other to take over") {
            let all = await second.pool.status()
            return all.count == Int(Wire.partitions) && all.allSatisfy { $0.state == "live" }
        }
        let shard = try await second.live()
        _ = try await shard.append(world.said("after"), to: .messages)
        try await second.stop()
    }
}
