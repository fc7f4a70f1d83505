import Contracts
import Foundation
import Kafka
import Synchronization
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// Instances that come and go in good order.
extension ConformanceCase {
    static let members = [twoShare, thirdTakesItsShare, spare, staticRestart]

    static let twoShare = ConformanceCase(
        "two instances share the shards, each knows the other's address, and a stop hands over",
        needs: [.manyMembers], partitions: 4
    ) { world in
        let first = try world.start("http://first")
        _ = try await first.live()
        let second = try world.start("http://second")
        try await serveAll([first, second], world)
        try await wait("each to know the other's shards") {
            (0..<world.partitions).allSatisfy { shard in
                first.serves(shard) && second.knows(shard, at: "http://first")
                    || second.serves(shard) && first.knows(shard, at: "http://second")
            }
        }
        for shard in 0..<world.partitions { try await world.say(["m\(shard)"], shard: shard) }
        try await answered(by: [first, second], "m", world)
        try await first.stop()
        try await serveAll([second], world)
        for shard in 0..<world.partitions {
            try #require(try await second.live(shard).said() == ["m\(shard)"])
            try #require(try await world.end(.qualifications, shard: shard) == 1)
        }
    }

    static let thirdTakesItsShare = ConformanceCase(
        "a third instance takes its share, and only shards that move pause", needs: [.manyMembers],
        partitions: 6
    ) { world in
        let (first, second) = (try world.start("http://first"), try world.start("http://second"))
        try await serveAll([first, second], world)
        let before = [first.served, second.served]
        // Whatever was not served at one look at least.
        let paused = Mutex<Set<Int32>>([])
        let looking = Task {
            while !Task.isCancelled {
                for (instance, shards) in zip([first, second], before) {
                    for shard in shards where !instance.serves(shard) { paused.withLock { _ = $0.insert(shard) } }
                }
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
        let third = try world.start("http://third")
        try await wait("the third to have its share") { third.served.count == 2 }
        try await serveAll([first, second, third], world)
        looking.cancel()
        await looking.value
        try #require(first.served.count == 2 && second.served.count == 2)
        try #require(paused.withLock { $0 } == Set(third.served))
    }

    static let spare = ConformanceCase(
        "an instance without a shard is ready and knows the owners", needs: [.manyMembers]
    ) { world in
        let first = try world.start("http://first")
        _ = try await first.live()
        let second = try world.start("http://second")
        try await wait("the spare to be ready") { second.pool.isReady }
        try await wait("the spare to know the owner") { second.knows(0, at: "http://first") }
        try #require(first.serves(0))
        try await first.stop()
        _ = try await second.live()
    }

    static let staticRestart = ConformanceCase(
        "a static member's restart moves nothing", needs: [.manyMembers, .staticMembers], partitions: 4
    ) { world in
        let first = try world.start("http://first", instanceId: "first")
        let second = try world.start("http://second", instanceId: "second")
        try await serveAll([first, second], world)
        let (mine, others) = (first.served, second.served)
        try await first.stop()
        let again = try world.start("http://first", instanceId: "first")
        try await wait("it to have its shards back") { again.served == mine && second.served == others }
    }

    /// Every shard is live at exactly one of the instances, and each has some.
    static func serveAll(_ instances: [ConformanceInstance], _ world: ConformanceWorld) async throws {
        try await wait("every shard to be served") {
            let served = instances.map(\.served)
            return served.allSatisfy { !$0.isEmpty } && served.flatMap { $0 }.sorted() == Array(0..<world.partitions)
        }
    }

    /// The record of each shard has been answered where the shard lives.
    static func answered(by instances: [ConformanceInstance], _ prefix: String, _ world: ConformanceWorld) async throws
    {
        for shard in 0..<world.partitions {
            try await wait("an answer on shard \(shard)") {
                guard let owner = instances.first(where: { $0.serves(shard) }) else { return false }
                return try await owner.live(shard).answered().contains("\(prefix)\(shard)")
            }
        }
    }
}
