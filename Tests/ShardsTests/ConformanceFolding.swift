import Contracts
import Foundation
import GRDB
import Kafka
import TestKit
import Testing

@testable import LoopMember
@testable import Shards

/// What one instance does with an orderly log.
extension ConformanceCase {
    static let folding = [
        foldsOnce, foldsDoubles, handlerSeesItsOwn, restartAndRebuild, leadAndFollow, restoresApart, holds,
    ]

    static let foldsOnce = ConformanceCase("every record is folded once and in order, and owes once") { world in
        let instance = try world.start()
        let shard = try await instance.live()
        for index in 0..<10 { _ = try await shard.append(world.said("own\(index)"), to: .messages) }
        try await world.say((0..<30).map { "m\($0)" })
        try await wait("all to be answered") { try await shard.answered().count == 40 }
        let log = try await world.records(.messages).map(\.identity)
        try #require(log.count == 40)
        try #require(try await shard.said() == log)
        try #require(try await world.records(.qualifications).map(\.identity) == log.map { $0 + ".answer" })
    }

    static let foldsDoubles = ConformanceCase("a record that comes again is folded as a double, and owes nothing") {
        world in
        let instance = try world.start()
        let shard = try await instance.live()
        try await world.say(["a", "b", "a"])
        _ = try await shard.append(world.said("b"), to: .messages)
        _ = try await shard.append(world.said("c"), to: .messages)
        try await wait("the last to be answered") { try await shard.answered() == ["a", "b", "c"] }
        try #require(try await shard.said() == ["a", "b", "c"])
        try #require(try await world.end(.messages) == 5)
        try #require(try await world.end(.qualifications) == 3)
    }

    static let handlerSeesItsOwn = ConformanceCase("a handler's own record is folded when its append returns") {
        world in
        let shard = try await world.start().live()
        let place = try await shard.append(world.said("mine"), to: .messages)
        try #require(try await shard.said() == ["mine"])
        try #require(try await !shard.isDeadLetter(place))
        let bad = try await shard.append(world.said("late", "refuse late"), to: .messages)
        try #require(try await shard.isDeadLetter(bad))
        try #require(try await shard.said() == ["mine"])
    }

    static let restartAndRebuild = ConformanceCase("a restart continues, and a rebuild agrees") { world in
        let first = try world.start()
        try await world.say((0..<10).map { "m\($0)" })
        var shard = try await first.live()
        try await wait("the answers") { try await shard.answered().count == 10 }
        let before = try await shard.hash()
        try await first.stop()
        try await world.say(["while-away"])

        let second = try world.start()
        shard = try await second.live()
        try #require(try await shard.said().count == 11)
        try await wait("the answer") { try await shard.answered().count == 11 }
        let after = try await shard.hash()
        try #require(after != before)
        try await second.stop()

        shard = try await world.start(folder: "rebuilt").live()
        try #require(try await shard.hash() == after)
        try #require(try await world.end(.qualifications) == 11)
    }

    static let leadAndFollow = ConformanceCase("lead and follow stay on the same shard", partitions: 3) { world in
        let instance = try world.start()
        for shard in 0..<world.partitions { try await world.say(["s\(shard)a", "s\(shard)b"], shard: shard) }
        for partition in 0..<world.partitions {
            let shard = try await instance.live(partition)
            try await wait("the shard's answers") { try await shard.answered().count == 2 }
            try #require(try await shard.said() == ["s\(partition)a", "s\(partition)b"])
            try #require(try await shard.answered() == ["s\(partition)a", "s\(partition)b"])
            try #require(try await world.end(.qualifications, shard: partition) == 2)
        }
    }

    static let restoresApart = ConformanceCase(
        "far behind it is restored apart, while live shards go on", partitions: 2
    ) { world in
        try await world.say(["before"], "cannot be answered", shard: 1)
        let count = Int(Limits.restoreApartRecords) + 1_000
        try await world.say((0..<count).map { "m\($0)" }, "cannot be answered", shard: 0)
        let again = try world.start()
        // The shard that is not behind serves whatever the other one does.
        let other = try await again.live(1)
        _ = try await other.append(world.said("meanwhile", "cannot be answered", shard: 1), to: .messages)
        try #require(try await other.said() == ["before", "meanwhile"])
        let shard = try await again.live(0)
        try #require(try await shard.said() == (0..<count).map { "m\($0)" })
        _ = try await shard.append(world.said("after", "cannot be answered"), to: .messages)
        try #require(try await shard.said().count == count + 1)
    }

    static let holds = ConformanceCase("too many owed records are held until somebody agrees") { world in
        try await world.say((0..<5).map { "m\($0)" })
        let instance = try world.start(logic: Tally(limit: 3))
        try await wait("the shard to hold") { await instance.state() == "holding" }
        try #require(try await world.end(.qualifications) == 0)
        try await instance.pool.resume(0)
        try await wait("the answers") { try await world.end(.qualifications) == 5 }
    }
}
