import Contracts
import Foundation
import Hummingbird
import Kafka
import ServiceKit
import Shards

/// `GET /v1/stream`: one conversation's messages, of both sides, and that staff are typing.
extension IngestService {
    func addStream(to router: Router<AppContext>) {
        router.get("v1/stream") { request, context in
            let visitor = try await service.visitor(request)
            return try await service.owned(visitor.dealership.id, request, context) { shard in
                let stream = CustomerStream(
                    shard: shard, board: board, conversation: visitor.conversationId,
                    logEnd: { try? await logEnd(of: shard) },
                    told: StreamLatency(
                        shard, of: .staff, context, logger: service.logger, now: service.clock
                    ).told)
                let seen = LastSeen(request, partitions: service.settings.partitions)
                return try service.eventStream(
                    request, context, for: visitor.visitorId, until: visitor.expiresAt
                ) { writer in
                    try await stream.run(after: seen, to: writer)
                }
            }
        }
    }

    private func logEnd(of shard: Shard) async throws -> Int64? {
        let place = TopicPartition(service.log.names.name(.messages), shard.partition)
        return try await service.admin.offsets([place])[place]?.upperBound
    }
}

/// What a stream does about the cursor that its client came with. Offsets are the next ones to see.
enum StreamStart: Equatable {
    /// Messages from this offset on.
    case from(Int64)
    /// The shard lies behind the cursor and will come there.
    case wait(Int64)
    /// The cursor is of a log that is no more: everything again.
    case reset

    /// - Parameter logEnd: nil if nobody can tell.
    static func plan(_ seen: LastSeen, position: Int64, logEnd: Int64?) -> StreamStart {
        switch seen {
        case .nothing: return .from(0)
        case .elsewhere: return .reset
        case .upTo(let cursor): return plan(cursor[.messages], position, logEnd)
        }
    }

    private static func plan(_ wanted: Int64, _ position: Int64, _ logEnd: Int64?) -> StreamStart {
        if wanted <= position { return .from(wanted) }
        if let logEnd, wanted > logEnd { return .reset }
        return .wait(wanted)
    }
}

/// One customer's stream.
///
/// An event's id is the offset after its message, so a client that was cut anywhere comes back with the place of the
/// last message that it has seen whole, and any owner goes on from there.
struct CustomerStream: Sendable {
    let shard: Shard
    let board: ConversationBoard
    let conversation: String
    let logEnd: @Sendable () async -> Int64?
    /// Hears of messages that have been handed to the stream.
    var told: @Sendable ([ThreadMessage]) -> Void = { _ in }

    /// What the client has been told.
    private struct Told {
        /// Every message before this offset.
        var next: Int64
        /// The last id that went out.
        var id: Int64
        var isTyping = false
        /// Until when the "typing" holds that the alarm was set for.
        var typingUntil: ContinuousClock.Instant?
        /// The "typing" that a message has answered for.
        var answered: UInt64 = 0
    }

    func run(after seen: LastSeen, to writer: EventStreamWriter) async throws {
        try await board.watching(conversation) {
            // Before the first read, so that nothing falls between the two.
            let changes = shard.changes()
            let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    for await _ in changes { wake.continuation.yield() }
                    // The shard is lost: the client comes back and reaches the next owner.
                    wake.continuation.finish()
                }
                var told = try await begin(seen, writer)
                try await tellMessages(&told, writer)
                // An id without data: a client that has seen no message yet need not ask from the beginning again.
                if told.id < told.next { try await writer.send(ServerSentEvent(id: Self.id(told.next))) }
                let alarm = Alarm()
                group.addTask { try await alarm.run { wake.continuation.yield() } }
                for await _ in wake.stream {
                    if board.lastChange(conversation) >= told.next { try await tellMessages(&told, writer) }
                    if let until = try await tellTyping(&told, writer) { alarm.set(until) }
                }
            }
        }
    }

    private func begin(_ seen: LastSeen, _ writer: EventStreamWriter) async throws -> Told {
        while true {
            let position = shard.positions[.messages] ?? 0
            // Asked only when it matters.
            let end =
                if case .upTo(let cursor) = seen, cursor[.messages] > position { await logEnd() } else { nil as Int64? }
            switch StreamStart.plan(seen, position: position, logEnd: end) {
            case .from(let offset):
                return Told(next: offset, id: offset)
            case .reset:
                try await writer.send(ServerSentEvent(event: "reset", data: "{}"))
                return Told(next: 0, id: 0)
            case .wait(let offset):
                do {
                    try await shard.reached(.messages, offset - 1, within: Limits.cursorWait)
                } catch let error as ShardUnavailable where error.reason == .unknownOutcome {
                    continue
                }
            }
        }
    }

    private func tellMessages(_ told: inout Told, _ writer: EventStreamWriter) async throws {
        while true {
            let after = told.next - 1
            let (messages, position) = try await shard.read { [conversation] db in
                let messages = try Threads().messages(
                    of: conversation, after: after, limit: Limits.streamPage, in: db)
                return (messages, try Shard.positions(db)[.messages] ?? 0)
            }
            // Texts stay between the phones: a visitor may have given a number that is somebody else's.
            let shown = messages.filter { $0.channel == .web }
            if told.isTyping, shown.contains(where: { $0.sender == .staff }) {
                told.answered = board.typing(conversation)?.serial ?? told.answered
                told.isTyping = false
                try await writer.send(Self.typing(false))
            }
            try await writer.send(shown.map(Self.event(for:)))
            self.told(shown)
            if let last = shown.last { told.id = last.offset + 1 }
            if let last = messages.last { told.next = last.offset + 1 }
            guard messages.count < Limits.streamPage else { continue }
            told.next = max(told.next, position)
            return
        }
    }

    /// Returns until when "typing" holds, if it was just told or told anew.
    private func tellTyping(
        _ told: inout Told, _ writer: EventStreamWriter
    ) async throws -> ContinuousClock.Instant? {
        let typing = board.typing(conversation).flatMap { $0.serial > told.answered ? $0 : nil }
        if (typing != nil) != told.isTyping {
            told.isTyping = typing != nil
            try await writer.send(Self.typing(told.isTyping))
        }
        guard typing?.until != told.typingUntil else { return nil }
        told.typingUntil = typing?.until
        return typing?.until
    }

    private static func event(for message: ThreadMessage) throws -> ServerSentEvent {
        ServerSentEvent(id: id(message.offset + 1), event: "message", data: try json(CustomerMessage(message)))
    }

    private static func typing(_ isTyping: Bool) -> ServerSentEvent {
        ServerSentEvent(event: "typing", data: #"{"typing":\#(isTyping)}"#)
    }

    private static func id(_ next: Int64) -> String {
        StreamCursor([.messages: next]).description
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// The API's message as a customer sees it: of staff the name alone, since an id may be an address.
struct CustomerMessage: Encodable {
    private let message: ThreadMessage

    init(_ message: ThreadMessage) {
        self.message = message
    }

    private enum Key: CodingKey {
        case id, conversationId, seq, sender, author, text, channel, status, at
    }

    private struct Author: Encodable {
        var name: String
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(message.id, forKey: .id)
        try container.encode(message.conversationId, forKey: .conversationId)
        try container.encode(message.seq, forKey: .seq)
        try container.encode(message.sender, forKey: .sender)
        try container.encodeIfPresent(message.author.map { Author(name: $0.name) }, forKey: .author)
        try container.encode(message.text, forKey: .text)
        try container.encode(message.channel, forKey: .channel)
        try container.encode(message.status, forKey: .status)
        try container.encode(message.at, forKey: .at)
    }
}
