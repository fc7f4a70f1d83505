import Contracts
import Foundation
import Kafka
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// Instances that die, connections that break, appends that fail.
extension ConformanceCase {
    static let harm = [killed, zombie, connectionLost, appendErrors]

    static let killed = ConformanceCase(
        "a killed instance's shards are served elsewhere after the session time-out",
        needs: [.manyMembers, .evictsDeadMembers], partitions: 4
    ) { world in
        let victim = try await world.log.victim("http://victim", world)
        let other = try world.start("http://other")
        try await shared(with: "http://victim", other, world)
        for shard in 0..<world.partitions { try await world.say(["before\(shard)"], shard: shard) }
        let began = ContinuousClock.now
        try await victim.kill()
        for shard in 0..<world.partitions { try await world.say(["after\(shard)"], shard: shard) }
        try await serveAll([other], world)
        let bound = Duration.milliseconds(world.kind.sessionTimeoutMs + world.kind.rebalanceDelayMs + 1_000)
        let took = ContinuousClock.now - began
        try #require(took < bound * 3)
        try await answered(by: [other], "after", world)
        for shard in 0..<world.partitions { try await countsOnce(shard, at: other, world) }
    }

    static let zombie = ConformanceCase(
        "what a zombie goes on appending are doubles to the byte, which count once",
        needs: [.manyMembers, .evictsDeadMembers], partitions: 4
    ) { world in
        let victim = try await world.log.victim("http://victim", world)
        let other = try world.start("http://other")
        try await shared(with: "http://victim", other, world)
        try await victim.silence()
        for shard in 0..<world.partitions { try await world.say(["silent\(shard)"], shard: shard) }
        try await serveAll([other], world)
        for shard in 0..<world.partitions { try await world.say(["evicted\(shard)"], shard: shard) }
        try await answered(by: [other], "evicted", world)
        try await victim.wake()
        // It hears that it has lost them, joins again, and takes its share.
        try await shared(with: "http://victim", other, world)
        for shard in 0..<world.partitions { try await world.say(["back\(shard)"], shard: shard) }
        let last = try world.start("http://last", folder: "last")
        try await answeredOnTheLog("back", world)
        try await other.stop()
        try await victim.kill()
        try await serveAll([last], world)
        var doubles = 0
        for shard in 0..<world.partitions { doubles += try await countsOnce(shard, at: last, world) }
        if world.kind == .simulated { try #require(doubles > 0, "the zombie appended nothing") }
    }

    static let connectionLost = ConformanceCase(
        "a connection is lost and comes back: nothing is lost or doubled", needs: [.disconnects]
    ) { world in
        let instance = try world.start()
        _ = try await instance.live()
        try await world.say((0..<5).map { "a\($0)" })
        try await world.log.disconnect()
        let meanwhile = Task { try await world.say((0..<5).map { "b\($0)" }) }
        try await world.log.reconnect()
        try await meanwhile.value
        try await world.say((0..<5).map { "c\($0)" })
        try await wait("all to be answered") {
            guard instance.serves(0) else { return false }
            return try await instance.live().answered().count == 15
        }
        try #require(try await instance.live().said().count == 15)
        try #require(await instance.state() == "live")
        try await countsOnce(0, at: instance, world)
    }

    static let appendErrors = ConformanceCase(
        "appends that fail are repeated, and count once", needs: [.injectsErrors]
    ) { world in
        let instance = try world.start()
        let shard = try await instance.live()
        try await world.say((0..<10).map { "a\($0)" })
        try await wait("answers") { try await shard.answered().count == 10 }
        try await world.log.failAppends()
        // Whoever appended and was refused does not know: it says the same again.
        for index in 0..<10 {
            while (try? await world.say(["b\(index)"])) == nil {}
        }
        try await wait("all to be answered") { try await shard.answered().count == 20 }
        try #require(await instance.state() == "live")
        try await countsOnce(0, at: instance, world)
    }

    // MARK: Checking

    /// The shards are shared, as `other` sees it.
    private static func shared(with victim: String, _ other: ConformanceInstance, _ world: ConformanceWorld)
        async throws
    {
        try await wait("the shards to be shared") {
            let all = 0..<world.partitions
            return !other.served.isEmpty && other.served.count < all.count
                && all.allSatisfy { other.serves($0) || other.knows($0, at: victim) }
        }
    }

    private static func answeredOnTheLog(_ prefix: String, _ world: ConformanceWorld) async throws {
        for shard in 0..<world.partitions {
            try await wait("an answer on shard \(shard)") {
                try await world.records(.qualifications, shard: shard).contains {
                    $0.identity == "\(prefix)\(shard).answer"
                }
            }
        }
    }

    /// Everything said is answered once; records of one id are the same to the byte.
    /// - Returns: how many doubles there are.
    @discardableResult
    private static func countsOnce(_ shard: Int32, at owner: ConformanceInstance, _ world: ConformanceWorld)
        async throws -> Int
    {
        let said = Set(try await world.records(.messages, shard: shard).map(\.identity))
        let live = try await owner.live(shard)
        try await wait("everything to be answered") { try await live.answered() == said }
        try #require(Set(try await live.said()) == said)
        let answers = try await world.records(.qualifications, shard: shard)
        for (_, same) in Dictionary(grouping: answers, by: \.identity) {
            for double in same.dropFirst() { try #require(double.isSame(as: same[0])) }
        }
        try #require(Set(answers.map(\.identity)) == Set(said.map { $0 + ".answer" }))
        return answers.count - said.count
    }
}

extension Kafka.Record {
    /// To the byte, wherever they stand.
    fileprivate func isSame(as other: Kafka.Record) -> Bool {
        key == other.key && value == other.value && headers == other.headers && timestamp == other.timestamp
    }
}
