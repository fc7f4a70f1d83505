import Testing

@testable import Contracts

@Suite struct TraceparentTests {
    private static let fine = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func aValidOneIsTakenAsItIs() throws {
        let trace = try #require(Traceparent(Self.fine))
        #expect(trace.traceId == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace.spanId == "00f067aa0ba902b7")
        #expect(trace.flags == 1 && trace.description == Self.fine)
    }

    @Test func aLaterVersionMaySayMore() throws {
        #expect(Traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what")?.description == Self.fine)
        #expect(Traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")?.description == Self.fine)
    }

    @Test(arguments: [
        "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01what",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
    ]) func anyOtherIsNone(_ text: String) {
        #expect(Traceparent(text) == nil)
    }

    @Test func aChildIsOfTheSameTrace() throws {
        let parent = Traceparent.random()
        let child = parent.child()
        #expect(child.traceId == parent.traceId && child.spanId != parent.spanId && child.flags == parent.flags)
        #expect(Traceparent(parent.description) == parent && Traceparent(child.description) == child)
        #expect(Traceparent.random().traceId != parent.traceId)
    }
}

@Suite struct CorrelationTests {
    private let trace = Traceparent.random()

    private func event(_ correlation: Correlation) -> Event {
        Event(
            id: "e1", type: "message.received", dealership: "aspen", service: "ingest", subject: "c1",
            time: Timestamp(milliseconds: 1), data: Array("{}".utf8), correlation: correlation)
    }

    private func read(_ headers: [(name: String, value: [UInt8])]) throws -> Event {
        try CloudEvents.event(key: Array("aspen".utf8)[...], value: Array("{}".utf8)[...]) { name in
            headers.last { $0.name == "\(name)" }.map { $0.value[...] }
        }
    }

    @Test func itGoesThroughTheHeaders() throws {
        let whole = Correlation(id: "call-1", causationId: "r1.requested", trace: trace)
        let headers = CloudEvents.headers(of: event(whole))
        #expect(headers.suffix(3).map(\.name) == ["ce_correlationid", "ce_causationid", "traceparent"])
        #expect(try read(headers).correlation == whole)
        #expect(CloudEvents.headers(of: event(.none)).map(\.name).last == "content-type")
        #expect(try read(CloudEvents.headers(of: event(.none))).correlation == .none)
    }

    /// Whoever wrote it: a record is not refused for what nothing depends on.
    @Test func whatIsMalformedIsLeftOut() throws {
        let headers =
            CloudEvents.headers(of: event(.none)) + [
                ("ce_correlationid", Array("a b\"c".utf8)), ("traceparent", Array("00-nothing".utf8)),
                ("ce_causationid", [0xff]),
            ]
        #expect(try read(headers).correlation == .none)
    }

    @Test func whatAnEventCausesNamesIt() {
        let cause = Correlation(id: "call-1", causationId: "before", trace: trace)
        #expect(event(cause).consequence == Correlation(id: "call-1", causationId: "e1", trace: trace))
        #expect(event(.none).consequence == .none)
    }
}
