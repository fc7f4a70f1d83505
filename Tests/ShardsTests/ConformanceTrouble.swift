import Contracts
import Foundation
import Kafka
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// The log is not the one that was folded.
extension ConformanceCase {
    static let trouble = [tailLostUnderRunning, tailGrownOver, trimmed, madeAnew, partitionsAdded]

    static let tailLostUnderRunning = ConformanceCase(
        "a tail that is lost under a running shard halts it, and resume folds the log as it is", needs: [.losesTail],
        partitions: 2
    ) { world in
        let instance = try world.start()
        try await world.say(["kept"], "cannot be answered")
        _ = try await instance.live(1)
        try await world.loseTail {
            _ = try await instance.live()
            try await world.say((0..<5).map { "lost\($0)" }, "cannot be answered")
            // A broker that was started again may put its members out yet: the shard comes back as another one.
            try await wait("them to be folded") { (try? await instance.pool.shard(0).said().count) == 6 }
        }
        guard try await world.end(.messages) < 6 else { throw Unseen(why: "the log lost nothing") }
        try await haltsAndResumes(instance, "beyond-end", world)
    }

    static let tailGrownOver = ConformanceCase(
        "another record at the position halts the shard, and resume folds the log as it is", needs: [.losesTail],
        partitions: 2
    ) { world in
        let first = try world.start()
        try await world.say(["kept"], "cannot be answered")
        _ = try await first.live(1)
        try await world.loseTail {
            _ = try await first.live()
            try await world.say((0..<5).map { "lost\($0)" }, "cannot be answered")
            // A broker that was started again may put its members out yet: the shard comes back as another one.
            try await wait("them to be folded") { (try? await first.pool.shard(0).said().count) == 6 }
            try await first.stop()
        }
        guard try await world.end(.messages) < 6 else { throw Unseen(why: "the log lost nothing") }
        try await world.say((0..<10).map { "new\($0)" }, "cannot be answered")
        try await haltsAndResumes(try world.start(), "other-record", world)
    }

    static let trimmed = ConformanceCase(
        "a log that begins after the position halts the shard, and resume folds what there is", needs: [.trims],
        partitions: 2
    ) { world in
        let first = try world.start()
        let shard = try await first.live()
        try await world.say(["a", "b"], "cannot be answered")
        try await wait("them to be folded") { try await shard.said().count == 2 }
        try await first.stop()
        try await world.say((0..<10).map { "m\($0)" }, "cannot be answered")
        try await world.log.trim(world.place(.messages), before: 6)
        try await haltsAndResumes(try world.start(), "trimmed", world)
    }

    static let madeAnew = ConformanceCase(
        "a topic that is made anew halts the shard, and resume folds it", needs: [.recreatesTopics], partitions: 2
    ) { world in
        let first = try world.start()
        let shard = try await first.live()
        try await world.say((0..<5).map { "m\($0)" }, "cannot be answered")
        try await wait("them to be folded") { try await shard.said().count == 5 }
        try await first.stop()
        try await world.log.recreate(world.names.name(.messages), partitions: world.partitions)
        try await world.say(["new"], "cannot be answered")
        try await haltsAndResumes(try world.start(), "beyond-end", world)
    }

    static let partitionsAdded = ConformanceCase(
        "partitions that somebody adds halt every shard, and resume looks again", needs: [.addsPartitions],
        partitions: 2
    ) { world in
        let instance = try world.start()
        for shard in 0..<world.partitions { _ = try await instance.live(shard) }
        try await world.log.addPartitions(world.names.name(.messages), to: world.partitions + 1)
        for shard in 0..<world.partitions {
            try await wait("shard \(shard) to halt") { await instance.state(shard) == "halted" }
            try #require(await instance.status(shard)?.detail?.hasPrefix("partitions") == true)
        }
        try await instance.pool.resume(0)
        try await wait("it to halt again") { await instance.state() == "halted" }
        try #require(!instance.pool.isReady)
    }

    /// Halted it says why, and the other shard serves on; resumed it has what the log has.
    private static func haltsAndResumes(_ instance: ConformanceInstance, _ kind: String, _ world: ConformanceWorld)
        async throws
    {
        // A broker that was started again may put its members out yet: then the shard comes back as another one.
        try await wait("the shard to halt, and to say so") {
            guard let status = await instance.status(), status.state == "halted", !instance.pool.isReady,
                case .halted? = instance.pool.reason(0)
            else { return false }
            try #require(status.detail?.hasPrefix(kind) == true)
            return true
        }
        try await wait("the other shard to take a record") {
            let event = world.said("other", "cannot be answered", shard: 1)
            return (try? await instance.pool.shard(1).append(event, to: .messages)) != nil
        }
        try await wait("the shard to be live") {
            if await instance.state() == "halted" { try? await instance.pool.resume(0) }
            return instance.serves(0)
        }
        try await world.say(["after"], "cannot be answered")
        let log = try await world.records(.messages).map(\.identity)
        try await wait("the log as it is") {
            (try? await instance.pool.shard(0).said()) == log && instance.pool.isReady
        }
    }
}
