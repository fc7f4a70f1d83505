import Contracts
import ServiceKit
import Shards
import Synchronization
import Testing

@testable import Ingest

/// Which texts are begun, and when.
@Suite struct TextSenderTests {
    /// Runs a sender over the world's shard for as long as the body runs.
    private func withSender(_ world: TextWorld, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let watch = ShardWatch(partitions: 1) { _ in world.shard }
        let sender = TextSender(watch: watch, sending: world.send, dealerships: world.dealerships)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sender.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    @Test func eachPairOfNumbersGetsItsTextsOneByOneInOrder() async throws {
        let world = try TextWorld()
        let phones = (0..<5).map { "+1314555010\($0)" }
        for round in 0..<4 {
            for phone in phones { try await world.reply("r\(round)-\(phone.suffix(1))", "\(round)", to: phone) }
        }
        let underWay = Mutex<[String: [String]]>([:])
        world.carrier.during.withLock { during in
            during = { text in
                underWay.withLock { $0[text.phone, default: []].append(text.text) }
                // One that overtakes another of its pair would end before it.
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
        try await withSender(world) {
            try await eventually { try world.words.filter { $0 == "queued" }.count == 20 }
        }
        for phone in phones { #expect(underWay.withLock { $0[phone] } == ["0", "1", "2", "3"]) }
        #expect(try world.words.count == 40)
    }

    @Test func oneThatHangsHoldsUpItsOwnPairAlone() async throws {
        let world = try TextWorld()
        try await world.reply("a1", "slow", to: "+13145550101")
        try await world.reply("a2", "after it", to: "+13145550101")
        try await world.reply("b1", "other", to: "+13145550102")
        let gate = AsyncStream.makeStream(of: Void.self)
        world.carrier.during.withLock { during in
            during = { text in if text.text == "slow" { for await _ in gate.stream {} } }
        }
        try await withSender(world) {
            try await eventually { world.carrier.posted.contains("other") }
            #expect(!world.carrier.posted.contains("after it"))
            gate.continuation.finish()
            try await eventually { world.carrier.posted.contains("after it") }
        }
    }

    @Test func quietHoursHoldAText() async throws {
        let world = try TextWorld(quietHours: QuietHours(from: "11:00", to: "12:30"))
        try await world.reply("a")
        try await withSender(world) {
            // Time for some looks: nothing is claimed.
            try await Task.sleep(for: .milliseconds(300))
            #expect(try world.words.isEmpty)
            world.time.advance(.seconds(31 * 60))
            try await eventually { world.carrier.posted == ["Yes"] }
        }
    }

    @Test func aNumberThatIsNobodysSendsNothingAndAnOldTextIsLeftToExpire() async throws {
        let world = try TextWorld()
        let sent = MessageSent(
            conversationId: "sms-0123", clientMessageId: "x", channel: .sms, text: "foreign",
            author: Staff(id: "sam", name: "Sam"), from: "+13145559999", to: TextWorld.phone)
        try await world.reply("old", "old", to: "+13145550177")
        world.time.advance(.seconds(3_601))
        try await world.reply("a", "fine")
        try await world.log.fold(world.event(sent, sent.messageId))
        try await withSender(world) {
            try await eventually { world.carrier.posted == ["fine"] }
            try await Task.sleep(for: .milliseconds(200))
            #expect(world.carrier.posted == ["fine"])
        }
    }

    @Test func lanes() async throws {
        let world = try TextWorld()
        try await world.reply("a")
        let pair = NumberPair(try await world.next())
        let now = ContinuousClock.now
        var lanes = TextLanes()
        var taken = [lanes.take(pair, at: now), lanes.take(pair, at: now)]
        lanes.finish(pair, rest: now + .seconds(5), at: now)
        taken += [lanes.take(pair, at: now + .seconds(4)), lanes.take(pair, at: now + .seconds(5))]
        lanes.finish(pair, rest: nil, at: now)
        taken.append(lanes.take(pair, at: now))
        #expect(taken == [true, false, false, true, true] && lanes.count == 1)
    }
}
