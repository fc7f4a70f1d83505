import Contracts
import ServiceKit
import Synchronization
import TestKit
import Testing

@testable import Conversations
@testable import Shards

/// What is sent to the pretended client.
private final class Client: Sendable {
    private let received = Mutex<[ServerSentEvent]>([])

    func take(_ events: [ServerSentEvent]) { received.withLock { $0 += events } }
    var events: [ServerSentEvent] { received.withLock { $0 } }
    var names: [String] { events.map { $0.event ?? "@\($0.id ?? "")" } }
    func data(_ name: String) -> [String] { events.filter { $0.event == name }.compactMap(\.data) }
}

@Suite struct StaffStreamTests {
    private let test: TestShard
    private let client = Client()
    private var log = Log()

    init() throws {
        test = try TestShard()
        log.received("c1", "a", "one")
        try test.fold(log)
    }

    private func begin(
        _ shard: Shard, _ start: StaffStream.Start, open: String? = nil
    ) -> Task<Void, any Error> {
        let (clock, client) = (test.clock, client)
        let stream = StaffStream(
            shard: shard, dealership: "d1", drafts: test.logic.drafts, open: open, now: { clock.now })
        return Task { try await stream.run(start) { client.take($0) } }
    }

    /// After the first message.
    private static let one = StreamCursor([.messages: 1])

    private func type(_ text: String, _ revision: Int64) {
        let typed = Event(
            DraftChanged(conversationId: "c1", revision: revision, text: text), id: "t\(revision)", dealership: "d1",
            service: "ingest", time: test.clock.now.adding(milliseconds: 5_000))
        test.logic.observe(typed, at: Coordinates(topic: .typing, partition: 0, offset: revision))
    }

    @Test mutating func whatIsFoldedComesUntilTheShardIsLost() async throws {
        let (shard, client) = (try test.live(), client)
        let stream = begin(shard, .here(Self.one))
        try await wait("the beginning") { client.names == ["@m1"] }
        log.received("c1", "b", "two")
        try test.fold(log)
        shard.moved([.messages: 2])
        try await wait("the message") { client.names == ["@m1", "conversation", "message"] }
        #expect(client.events.last?.id == "m2")
        shard.close(ShardUnavailable(.closed))
        try await stream.value
    }

    @Test("what was folded between the request and the stream's first read comes as a message")
    mutating func nothingIsLostWhileItBegins() async throws {
        let (shard, client) = (try test.live(), client)
        log.received("c1", "b", "two")
        try test.fold(log)
        let stream = begin(shard, .here(Self.one))
        try await wait("the message") { client.names == ["@m1", "conversation", "message"] }
        shard.close(ShardUnavailable(.closed))
        try await stream.value
    }

    @Test func aDraftComesOnlyToWhoHasItOpenAndGoesWithTime() async throws {
        let (shard, client, other) = (try test.live(), client, Client())
        let streams = [begin(shard, .here(Self.one), open: "c1")]
        let clock = test.clock
        let beside = StaffStream(
            shard: shard, dealership: "d1", drafts: test.logic.drafts, open: nil, now: { clock.now })
        let besides = Task { try await beside.run(.here(Self.one)) { other.take($0) } }
        try await wait("both") { client.names == ["@m1"] && other.names == ["@m1"] }
        type("Could I", 1)
        shard.moved([.typing: 1])
        try await wait("the draft") { client.data("draft") == [#"{"conversationId":"c1","text":"Could I"}"#] }
        clock.advance(milliseconds: 8_000)
        try await wait("its end") { client.data("draft").last == #"{"conversationId":"c1","text":""}"# }
        shard.close(ShardUnavailable(.closed))
        for stream in streams + [besides] { try await stream.value }
        #expect(other.names == ["@m1"])
    }

    @Test mutating func aCursorAheadOfTheShardIsWaitedFor() async throws {
        let (shard, client) = (try test.live(), client)
        let stream = begin(shard, .after(try #require(StreamCursor("m2") as StreamCursor?)))
        test.clock.advance(milliseconds: 4_999)
        log.received("c1", "b", "two")
        log.received("c1", "d", "three")
        try test.fold(log)
        shard.moved([.messages: 3])
        try await wait("the message") { !client.data("message").isEmpty }
        shard.close(ShardUnavailable(.closed))
        try await stream.value
        #expect(client.names == ["conversation", "message"], "and nothing that it had seen")
    }

    @Test func aCursorAheadOfTheLogIsReset() async throws {
        let (shard, client, clock) = (try test.live(), client, test.clock)
        let stream = begin(shard, .after(try #require(StreamCursor("m9") as StreamCursor?)))
        try await wait("the reset") {
            clock.advance(milliseconds: 1_000)
            return client.names == ["reset", "conversation", "message"]
        }
        #expect(client.events.last?.id == "m1")
        shard.close(ShardUnavailable(.closed))
        try await stream.value
    }
}
