import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import ServiceKit
import Synchronization

@testable import Ingest

/// A server that says byte by byte what a test wants, and counts whoever connects.
struct MediaServer: Sendable {
    enum Answer: Sendable {
        /// Then it closes.
        case bytes([UInt8])
        /// Then it is silent.
        case stall([UInt8])
        /// The second part again and again, for as long as anybody takes it.
        case flood([UInt8], [UInt8])
    }

    fileprivate final class Seen: Sendable {
        let connections = Atomic(0)
        let requests = Mutex<[String]>([])
    }

    private let seen = Seen()
    private let channel: any Channel

    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }
    var origin: MediaOrigin { MediaOrigin(scheme: .http, host: "127.0.0.1", port: port) }
    var connections: Int { seen.connections.load(ordering: .relaxed) }
    /// What each began with: a request's head, or a greeting of TLS.
    var requests: [String] { seen.requests.withLock { $0 } }

    init(_ answer: @escaping @Sendable (_ request: String) -> Answer) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [seen] child in
                seen.connections.add(1, ordering: .relaxed)
                return child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(MediaServerHandler(seen, answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// Runs `body` while it serves.
    static func serving<Value>(
        _ answer: @escaping @Sendable (_ request: String) -> Answer, _ body: (MediaServer) async throws -> Value
    ) async throws -> Value {
        let server = try await MediaServer(answer)
        do {
            let value = try await body(server)
            try await server.channel.close()
            return value
        } catch {
            try await server.channel.close()
            throw error
        }
    }
}

private final class MediaServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let seen: MediaServer.Seen
    private let answer: @Sendable (String) -> MediaServer.Answer
    private var hasAnswered = false

    init(_ seen: MediaServer.Seen, _ answer: @escaping @Sendable (String) -> MediaServer.Answer) {
        self.seen = seen
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        hasAnswered = true
        // Heads of these requests, and TLS' first message, come in one piece on loopback.
        let request = String(decoding: unwrapInboundIn(data).readableBytesView, as: UTF8.self)
        seen.requests.withLock { $0.append(request) }
        let channel = context.channel
        switch answer(request) {
        case .bytes(let bytes):
            channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenComplete { _ in channel.close(promise: nil) }
        case .stall(let bytes):
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        case .flood(let bytes, let again):
            channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenSuccess {
                Self.flood(channel, ByteBuffer(bytes: again))
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private static func flood(_ channel: any Channel, _ bytes: ByteBuffer) {
        channel.writeAndFlush(bytes).whenSuccess { flood(channel, bytes) }
    }
}

extension MediaServer.Answer {
    static func ok(_ type: String, _ body: [UInt8], more: String = "") -> Self {
        .bytes(Array("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\(more)\r\n".utf8) + body)
    }

    static func moved(_ location: String, _ status: String = "302 Found") -> Self {
        .bytes(Array("HTTP/1.1 \(status)\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n".utf8))
    }

    static func status(_ status: String) -> Self {
        .bytes(Array("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n".utf8))
    }
}

/// The beginning of a PNG, which is all that is looked at.
let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + Array(repeating: 7, count: 100)

/// Answers look-ups as told, one answer after the other, the last one for ever; counts them.
final class ScriptedResolver: MediaResolver {
    private let script: [[MediaAddress]]
    private let asked = Mutex<[String]>([])

    /// - Parameter answers: the addresses of whatever name.
    init(_ answers: [String]...) {
        script = answers.map { $0.compactMap(MediaAddress.init) }
    }

    var names: [String] { asked.withLock { $0 } }

    func addresses(of name: String) async throws(MediaFailure) -> [MediaAddress] {
        let count = asked.withLock {
            $0.append(name)
            return $0.count
        }
        return script[min(count, script.count) - 1]
    }
}

/// Notes each connection that is asked for, and makes it, or says itself what a server would.
final class NotingClient: MediaClient {
    struct Call: Equatable {
        var url: String
        var address: String
        var authorization: String?
    }

    private let noted = Mutex<[Call]>([])
    private let real = PinnedClient()
    private let answer: (@Sendable (Call) throws -> HTTPClientResponse)?

    /// - Parameter answer: nil if connections are real ones.
    init(_ answer: (@Sendable (Call) throws -> HTTPClientResponse)? = nil) {
        self.answer = answer
    }

    var calls: [Call] { noted.withLock { $0 } }

    func get<Value: Sendable>(
        _ url: MediaURL, at address: MediaAddress, authorization: String?,
        _ use: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let call = Call(url: url.text, address: "\(address)", authorization: authorization)
        noted.withLock { $0.append(call) }
        guard let answer else { return try await real.get(url, at: address, authorization: authorization, use) }
        return try await use(try answer(call))
    }
}

/// Keeps attachments in memory.
final class MemoryStore: MediaStore {
    private let kept = Mutex<[String: [UInt8]]>([:])

    var all: [[UInt8]] { kept.withLock { Array($0.values) } }

    func put(_ bytes: [UInt8]) async throws -> String {
        kept.withLock {
            let name = "\($0.count + 1)"
            $0[name] = bytes
            return name
        }
    }

    func bytes(_ sha256: String) async throws -> [UInt8]? { kept.withLock { $0[sha256] } }
}

/// A full disk.
struct FullStore: MediaStore {
    struct Full: Error {}
    func put(_ bytes: [UInt8]) async throws -> String { throw Full() }
    func bytes(_ sha256: String) async throws -> [UInt8]? { nil }
}

/// At Twilio: nothing is trusted.
let twilioAccount = MediaAccount(origin: .twilio, sid: "AC1", token: "token")
/// `AC1:token`, as RFC 7617 has it.
let basicHeader = "Basic QUMxOnRva2Vu"
