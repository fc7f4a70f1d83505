import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import Testing

@testable import Shards

@Suite struct ShardTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func shard(_ positions: [Topic: Int64] = [.messages: 5]) throws -> Shard {
        // Never connected: these tests do not append.
        let producer = try KafkaProducer(
            configuration: KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientId: "test"), kind: .kept,
            logger: Logger(label: "test"))
        let log = EventLog(names: Wire.names, partitions: Wire.partitions, appender: producer)
        return Shard(partition: 0, pool: try scratch.file().pool, log: log, positions: positions)
    }

    @Test func aWaiterGoesOnWhenItsRecordIsFolded() async throws {
        let shard = try shard()
        try await shard.reached(.messages, 4)
        async let later: Void = shard.reached(.messages, 6, within: .seconds(60))
        shard.moved([.messages: 6])
        shard.moved([.messages: 7])
        try await later
    }

    @Test func aWaiterIsToldThatNothingIsKnownAfterItsTime() async throws {
        let shard = try shard()
        let error = await #expect(throws: ShardUnavailable.self) {
            try await shard.reached(.messages, 5, within: .milliseconds(20))
        }
        #expect(error?.reason == .unknownOutcome)
    }

    @Test func whoeverWaitsIsDroppedWithTheShard() async throws {
        let shard = try shard()
        let changes = shard.changes()
        let waiting = Task { try await shard.reached(.messages, 5, within: .seconds(60)) }
        shard.close(ShardUnavailable(.closed))
        let error = await #expect(throws: ShardUnavailable.self) { try await waiting.value }
        #expect(error?.reason == .closed)
        for await _ in changes {}
        for await _ in shard.changes() {}
        await #expect(throws: ShardUnavailable.self) { try await shard.read { _ in 1 } }
    }

    @Test func everyStreamHearsOfAChangeAndOnlyOfTheNewest() async throws {
        let shard = try shard()
        let streams = [shard.changes(), shard.changes()]
        for next in 6..<100 { shard.moved([.messages: Int64(next)]) }
        shard.close(ShardUnavailable(.closed))
        for stream in streams {
            var heard = 0
            for await _ in stream { heard += 1 }
            #expect(heard == 1)
        }
    }
}
