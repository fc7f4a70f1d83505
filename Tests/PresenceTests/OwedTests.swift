import Contracts
import GRDB
import Testing

@testable import Presence
@testable import Shards

/// A visit from its first beat to its end, and two owners of its shard.
@Suite struct OwedTests {
    let shard: TestShard

    init() throws { shard = try TestShard() }

    @Test func aVisit() async throws {
        try await shard.fold(.beat(0))
        #expect(try await shard.settle(at: 1).map(\.id) == ["c1.online.\(Timestamp.at(0).milliseconds)"])
        #expect(try await shard.owed(at: 2).isEmpty)
        try await shard.fold(.left(10))
        #expect(try await shard.owed(at: 12).isEmpty)
        try await shard.fold(.beat(14, page: "/trucks"))
        #expect(try await shard.settle(at: 14).map(\.time) == [.at(14)])
        try await shard.fold(.beat(20, visible: false, page: "/trucks"))
        #expect(try await shard.settle(at: 20).map(\.id) == ["c1.away.\(Timestamp.at(20).milliseconds)"])
        #expect(try await shard.owed(at: 154).isEmpty)
        #expect(try await shard.settle(at: 156).map(\.id) == ["c1.offline.\(Timestamp.at(155).milliseconds)"])
        #expect(try await shard.owed(at: 9_000).isEmpty)
    }

    @Test func twoOwnersWriteTheSameBytes() async throws {
        let other = try TestShard()
        // The other folds the same beats in other batches and asks at another moment.
        try await shard.fold(.beat(0), .beat(3, tab: "t2"), .beat(7, conversation: "c2"))
        try await other.fold(.beat(0))
        try await other.fold(.beat(3, tab: "t2"), .beat(7, conversation: "c2"))
        let first = try await shard.settle(at: 8)
        #expect(first.count == 2)
        #expect(try await other.settle(at: 40) == first)
        let ends = try await shard.settle(at: 60)
        #expect(ends.map(\.type) == ["presence.changed", "presence.changed"])
        #expect(try await other.settle(at: 300) == ends)
    }

    @Test func aZombiesLateWordIsCorrected() async throws {
        try await shard.fold(.beat(0), .beat(15))
        let online = try await shard.settle(at: 15)
        let zombie = Announcement(state: .offline, time: .at(9), until: nil, page: nil)
        try await shard.fold(zombie.event(for: Visit(dealership: "north", conversation: "c1")), on: .presence)
        #expect(try await shard.owed(at: 16) == online)
    }

    @Test func tenantsDoNotMix() async throws {
        try await shard.fold(.beat(0), .beat(1, dealership: "south"))
        #expect(try await shard.settle(at: 1).map(\.dealership) == ["north", "south"])
    }

    /// The query that leaves most visits out must leave none out that owes something.
    @Test func everyVisitThatOwesIsACandidate() async throws {
        var random = SplitMix(seed: 7)
        var owing = 0
        for round in 0..<300 {
            let shard = try TestShard()
            var visits: [Visit] = []
            for index in 0..<4 {
                let visit = Visit(dealership: "north", conversation: "c\(index)")
                visits.append(visit)
                if random.next() % 4 > 0 {
                    let state: PresenceState = [.online, .away, .offline][Int(random.next() % 3)]
                    let announced = Announcement(
                        state: state, time: .at(Int64(random.next() % 50)),
                        until: state == .offline ? nil : .at(Int64(random.next() % 300)),
                        page: state == .offline ? nil : [nil, "/a", "/b"][Int(random.next() % 3)])
                    try await shard.fold(announced.event(for: visit), on: .presence)
                }
                for tab in 0..<Int(random.next() % 4) {
                    let time = Int64(random.next() % 200)
                    try await shard.fold(
                        .beat(
                            time, tab: "t\(tab)", visible: random.next() % 2 == 0,
                            page: [nil, "/a", "/b"][Int(random.next() % 3)], conversation: visit.conversation))
                    if random.next() % 4 == 0 {
                        try await shard.fold(.left(time + 5, tab: "t\(tab)", conversation: visit.conversation))
                    }
                }
            }
            let now = Timestamp.at(Int64(random.next() % 300))
            let all = visits
            let (candidates, due) = try await shard.file.pool.read { db in
                let due = try all.filter { visit in
                    let decision = PresenceDecision(
                        leases: try Lease.all(of: visit, in: db), announced: try Announcement.find(visit, in: db))
                    return decision.owed(at: now) != nil
                }
                return (Set(try Visit.candidates(at: now, in: db)), Set(due))
            }
            owing += due.count
            #expect(due.isSubset(of: candidates), "round \(round)")
        }
        #expect(owing > 100)
    }
}

/// A seeded generator: the same rounds on every run.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
