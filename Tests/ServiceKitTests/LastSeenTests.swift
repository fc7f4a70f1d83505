import Contracts
import NIOCore
import Testing

@testable import ServiceKit

/// A stream's id is of one log.
@Suite struct LastSeenTests {
    @Test func anIdOfThisLogIsItsCursor() {
        #expect(LastSeen("m120.q7.p12", partitions: 12) == .upTo(StreamCursor([.messages: 120, .qualifications: 7])))
        #expect(LastSeen("0.p12", partitions: 12) == .upTo(StreamCursor()))
        #expect(LastSeen(nil, partitions: 12) == .nothing)
        #expect(LastSeen("", partitions: 12) == .nothing)
    }

    /// 120 may lie inside both logs.
    @Test(arguments: ["m120.q7.p12", "m120.q7", "m120.p124", "p24", ".p24", "m120..p24", "x.p24", "m120.p24.p24 "])
    func anotherLogsIdIsNoPlaceInThisOne(_ id: String) {
        #expect(LastSeen(id, partitions: 24) == .elsewhere)
    }

    @Test func whatIsWrittenIsUnderstood() async throws {
        let outbox = StreamOutbox()
        let writer = EventStreamWriter(outbox: outbox, mark: LastSeen.mark(24))
        try await writer.send(ServerSentEvent(id: "m3"))
        try await writer.send([
            ServerSentEvent(id: "m4", event: "message", data: "{}"), ServerSentEvent(event: "reset"),
        ])
        var text = ""
        while !text.contains("reset"), let bytes = await outbox.take() { text += String(buffer: bytes) }
        #expect(text == "id: m3.p24\n\nid: m4.p24\nevent: message\ndata: {}\n\nevent: reset\n\n")
        #expect(LastSeen("m4.p24", partitions: 24) == .upTo(StreamCursor([.messages: 4])))
    }
}
