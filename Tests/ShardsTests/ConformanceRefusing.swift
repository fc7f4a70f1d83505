import Contracts
import Foundation
import GRDB
import Kafka
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// Records, topics and files that are not as they should be, and stop nobody.
extension ConformanceCase {
    static let refusing = [deadLetter, unknownType, passingTopics, lockedFile]

    static let deadLetter = ConformanceCase("a record that is refused is a dead letter, and the next ones go on") {
        world in
        let instance = try world.start()
        let shard = try await instance.live()
        try await world.say(["a"])
        try await world.appendRaw("no event", to: .messages)
        try await world.appendRaw("no event", to: .qualifications)
        try await world.say(["late"], "refuse late")
        try await world.say(["b"])
        try await wait("the next ones") { try await shard.answered() == ["a", "b"] }
        let letters = try await instance.pool.deadLetters(limit: 10)
        try #require(Set(letters.map(\.topic)) == [world.names.name(.messages), world.names.name(.qualifications)])
        try #require(letters.filter { $0.topic == world.names.name(.messages) }.map(\.offset).sorted() == [1, 2])
        try #require(await instance.status()?.deadLetters == 3)
        try #require(instance.pool.isReady)
    }

    static let unknownType = ConformanceCase("a record of an unknown type is skipped and counted") { world in
        let instance = try world.start()
        let shard = try await instance.live()
        let event = Event(
            id: "e", type: "message.reacted", dealership: world.dealerships[0], service: "ingest", subject: nil,
            time: Timestamp(milliseconds: 0), data: Array("{}".utf8))
        try await world.append(event, to: .messages)
        try await world.say(["a"])
        try await wait("the next one") { try await shard.said() == ["a"] }
        try #require(await instance.status()?.skipped == 1)
        try #require(await instance.status()?.deadLetters == 0)
    }

    /// Neither what was folded from its start nor what was only seen.
    static let passingTopics = ConformanceCase(
        "a passing topic that is trimmed or made anew halts nothing", needs: [.trims, .recreatesTopics]
    ) { world in
        for _ in 0..<5 {
            try await world.appendRaw("no event", to: .presence)
            try await world.appendRaw("no event", to: .typing)
        }
        let instance = try world.start()
        _ = try await instance.live()
        try await world.log.trim(world.place(.presence), before: 4)
        try await world.log.recreate(world.names.name(.presence), partitions: world.partitions)
        try await world.log.recreate(world.names.name(.typing), partitions: world.partitions)
        try await world.appendRaw("no event", to: .presence)
        try await world.say(["a"])
        try await wait("the record to be folded") {
            try #require(await instance.state() != "halted")
            guard instance.serves(0) else { return false }
            return try await instance.live().said() == ["a"]
        }
        // And with nothing but what stands there now.
        try await instance.stop()
        let again = try world.start()
        let shard = try await again.live()
        try await world.say(["b"])
        try await wait("the next record") { try await shard.answered() == ["a", "b"] }
    }

    static let lockedFile = ConformanceCase("an SQLite error stops the shard, which tries again") { world in
        let instance = try world.start()
        _ = try await instance.live()
        let file = ShardFile<Tally>.name(Tally(), partition: 0)
        let path = world.folder(instance.address).appendingPathComponent(file).path
        // Somebody else holds the write lock for longer than the writer waits.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let thief = try DatabaseQueue(path: path, configuration: configuration)
        try await thief.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try await world.say(["waits"])
        try await wait("the shard to stop") { await instance.state() != "live" }
        try #require(!instance.pool.isReady)
        try await thief.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        let shard = try await instance.live()
        try await wait("the record to be folded") { try await shard.answered() == ["waits"] }
        try #require(try await instance.pool.deadLetters(limit: 10).isEmpty)
    }
}
