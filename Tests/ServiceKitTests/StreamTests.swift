import AsyncHTTPClient
import Contracts
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import ServiceKit

@Suite struct StreamTests {
    private let never = Timestamp(milliseconds: 4_000_000_000_000)

    @Test func eventsAreFramed() {
        func text(_ event: ServerSentEvent) -> String { String(decoding: event.encoded, as: UTF8.self) }
        #expect(text(.init(id: "m1", event: "message", data: "{}")) == "id: m1\nevent: message\ndata: {}\n\n")
        #expect(text(.init(id: "m2.q1")) == "id: m2.q1\n\n")
        #expect(text(.init(data: "a\nb\r\nc\rd")) == "data: a\ndata: b\ndata: c\ndata: d\n\n")
        #expect(text(.init(data: "")) == "data: \n\n")
        #expect(text(.init(id: "1\ndata: forged", data: "x")) == "id: 1data: forged\ndata: x\n\n")
        #expect(text(.init(data: "é👍")) == "data: é👍\n\n")
    }

    @Test func streamHasItsHeadersAndHint() async throws {
        let app = edge { router, edge in
            router.get("stream") { request, context in
                try edge.eventStream(request, context, for: "ann", until: never, now: noon) { writer in
                    try await writer.send(ServerSentEvent(id: "m1", event: "message", data: "one"))
                    try await writer.send([ServerSentEvent(data: "two"), ServerSentEvent(id: "m2")])
                }
            }
        }
        try await app.test(.live) { (client) async throws -> Void in
            try await client.execute(uri: "/stream", method: .get) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.contentType] == "text/event-stream")
                #expect(response.headers[.cacheControl] == "no-store, no-transform")
                let text = String(buffer: response.body)
                #expect(text.hasPrefix("retry: "))
                #expect(text.hasSuffix("\n\nid: m1\nevent: message\ndata: one\n\ndata: two\n\nid: m2\n\n"))
            }
        }
    }

    @Test func leavingClientCancelsTheSource() async throws {
        let ended = Flag()
        let app = edge { router, edge in
            router.get("stream") { request, context in
                try edge.eventStream(request, context, for: "ann", until: never, now: noon) { writer in
                    defer { ended.raise() }
                    try await writer.send(ServerSentEvent(data: "first"))
                    try await Task.sleep(for: .seconds(600))
                }
            }
        }
        try await app.test(.ahc()) { (client) async throws -> Void in
            let port = try #require(client.port)
            try await read("http://localhost:\(port)/stream", until: "data: first")
            try await eventually("the source goes on without a reader") { ended.count == 1 }
        }
    }

    @Test func leavingClientFreesASourceThatWaitsForRoom() async throws {
        let ended = Flag()
        let app = edge { router, edge in
            router.get("stream") { request, context in
                try edge.eventStream(request, context, for: "ann", until: never, now: noon) { writer in
                    defer { ended.raise() }
                    while true { try await writer.send(ServerSentEvent(data: String(repeating: "x", count: 10_000))) }
                }
            }
        }
        try await app.test(.ahc()) { client in
            let port = try #require(client.port)
            try await read("http://localhost:\(port)/stream", until: "data: x")
            try await eventually("the source waits for a reader who has left") { ended.count == 1 }
        }
    }

    @Test func openStreamEndsWhenItsTokenIsTakenNoMoreAndFreesItsPlace() async throws {
        let leeway = Int64(Limits.clockLeewaySeconds) * 1_000
        let app = edge { router, edge in
            router.get("stream") { request, context in
                try edge.eventStream(
                    request, context, for: "ann", until: noon.adding(milliseconds: 50 - leeway), now: noon
                ) { _ in try await Task.sleep(for: .seconds(600)) }
            }
        }
        try await app.test(.ahc()) { (client) async throws -> Void in
            // More, one after the other, than may be open at a time.
            for _ in 0...Limits.streamsPerIdentity {
                try await client.execute(uri: "/stream", method: .get) { #expect($0.status == .ok) }
            }
        }
    }

    @Test func onePersonHasALimitOfStreams() throws {
        let gate = StreamGate()
        var slots: [StreamGate.Slot] = []
        for _ in 0..<Limits.streamsPerIdentity { slots.append(try gate.enter("ann")) }
        #expect { try gate.enter("ann") } throws: { ($0 as? Problem)?.status == .tooManyRequests }
        let other = try gate.enter("bob")
        slots.removeLast()
        slots.append(try gate.enter("ann"))
        withExtendedLifetime((slots, other)) {}
    }

    @Test func gracefulStopEndsOpenStreams() async throws {
        let started = Flag()
        let ended = Flag()
        let app = edge { router, edge in
            router.get("stream") { request, context in
                try edge.eventStream(request, context, for: "ann", until: never, now: noon) { writer in
                    defer { ended.raise() }
                    try await writer.send(ServerSentEvent(data: "first"))
                    started.raise()
                    try await Task.sleep(for: .seconds(600))
                }
            }
        }
        // The test framework stops the server gracefully when the closure returns, and waits for it: with a stream that
        // did not end this test would never end.
        let reader = try await app.test(.ahc()) { client in
            let port = try #require(client.port)
            let reader = Task { try await read("http://localhost:\(port)/stream", until: nil) }
            try await eventually("the stream begins") { started.count == 1 }
            return reader
        }
        #expect(try await reader.value.hasSuffix("data: first\n\n"), "a complete answer, not a cut connection")
        #expect(ended.count == 1)
    }

    @Test func writerWaitsForASlowReader() async throws {
        let outbox = StreamOutbox()
        let chunk = ByteBuffer(repeating: 7, count: 1_000)
        let written = Flag()
        let writer = Task {
            while true {
                try await outbox.put(chunk)
                written.raise()
            }
        }
        let most = Limits.streamBufferBytes / 1_000 + 1
        try await eventually("it fills the buffer") { written.count == most - 1 }
        let first = try #require(await outbox.take())
        #expect(first.readableBytes <= most * 1_000, "no more than the limit was held")
        try await eventually("it goes on once there is room") { written.count >= most }
        outbox.end()
        await #expect(throws: CancellationError.self) { try await writer.value }
        await #expect(throws: CancellationError.self) { try await outbox.put(chunk) }
        while let bytes = await outbox.take() { #expect(bytes.readableBytes > 0) }
    }

    @Test func heartbeatIsOnlyForAnIdleStream() async throws {
        let outbox = StreamOutbox()
        let beat = ByteBuffer(string: ":\n\n")
        outbox.putIfIdle(beat)
        try await outbox.put(ByteBuffer(string: "a"))
        outbox.putIfIdle(beat)
        #expect(await outbox.take().map { String(buffer: $0) } == "a")
        outbox.putIfIdle(beat)
        let got = Flag()
        let next = Task {
            defer { got.raise() }
            return await outbox.take()
        }
        try await eventually("a reader who waits gets it") {
            outbox.putIfIdle(beat)
            return got.count == 1
        }
        outbox.end()
        #expect(await next.value.map { String(buffer: $0) } == ":\n\n")
    }
}

/// Reads a stream until `text` has come, then drops the connection; or to its end.
@discardableResult
func read(_ url: String, until text: String?, headers: [(String, String)] = []) async throws -> String {
    var request = HTTPClientRequest(url: url)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
    var got = ""
    for try await bytes in response.body {
        got += String(buffer: bytes)
        if let text, got.contains(text) { return got }
    }
    return got
}
