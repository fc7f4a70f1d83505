import Contracts
import ServiceKit
import Shards
import Synchronization

/// One staff stream: performs what `StreamPlan` says whenever something here has changed, and shows the draft of the
/// conversation that this member of staff has open.
struct StaffStream: Sendable {
    let shard: Shard
    let dealership: String
    let drafts: Drafts
    /// Whose draft is shown; nil: none.
    let open: String?
    let now: @Sendable () -> Timestamp
    /// What holds for texting at the moment.
    var terms: @Sendable () -> TextTerms = { TextTerms() }
    /// Hears of messages that have been handed to the stream.
    var told: @Sendable ([ThreadMessage]) -> Void = { _ in }

    /// Writes events as one; waits while the client is slow.
    typealias Send = @Sendable ([ServerSentEvent]) async throws -> Void

    /// What the client has seen.
    enum Start: Sendable {
        /// It is new: it begins where we were when it asked, which is before it hears that its stream is open.
        case here(StreamCursor)
        case after(StreamCursor)
        /// Its cursor is none of ours.
        case reset
    }

    /// Ends when the shard is lost.
    func run(_ start: Start, _ send: @escaping Send) async throws {
        // Subscribed before the first read: what is folded in between wakes us.
        let changes = shard.changes()
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let waiting = Waiting()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in changes { wake.yield() }
                wake.finish()
            }
            group.addTask {
                // Time passes for a draft and for a cursor that is ahead; nothing else here depends on it.
                while true {
                    try await Task.sleep(for: .seconds(1))
                    if waiting.isSet { wake.yield() }
                }
            }
            group.addTask { try await follow(wakes, start, waiting, send) }
            defer { group.cancelAll() }
            wake.yield()
            // The first task ends before the last one has sent what it still has.
            try await group.next()
            try await group.next()
        }
    }

    private var current: StreamPlan.Scope {
        StreamPlan.Scope(dealership: dealership, now: now(), terms: terms())
    }

    private func follow(
        _ wakes: AsyncStream<Void>, _ start: Start, _ waiting: Waiting,
        _ send: Send
    ) async throws {
        var place = StreamPlan.Place()
        // A client that comes back may still show what was typed before the cut: it is told, also that there is nothing.
        var draft: String? = if case .here = start { "" } else { nil }
        var seen: [Topic: Int64]?
        var aheadSince: Timestamp?
        switch start {
        case .here(let cursor):
            let scope = current
            let plan = try await shard.read { try StreamPlan.begin(cursor, scope, $0) }
            try await send(plan.events)
            place = plan.place
        case .after(let cursor): place.cursor = cursor
        case .reset: place = try await reset(send)
        }
        for await _ in wakes {
            let positions = shard.positions.filter { [.messages, .qualifications, .presence].contains($0.key) }
            if positions != seen || aheadSince != nil {
                seen = positions
                if try await catchUp(&place, send) {
                    aheadSince = nil
                } else {
                    let since = aheadSince ?? now()
                    aheadSince = since
                    if since.adding(milliseconds: Limits.streamAheadMilliseconds) <= now() {
                        place = try await reset(send)
                        aheadSince = nil
                    }
                }
            }
            draft = try await show(draft, send)
            waiting.set(aheadSince != nil || draft?.isEmpty == false)
        }
    }

    /// - Returns: false where the place is ahead of the shard.
    private func catchUp(
        _ place: inout StreamPlan.Place, _ send: Send
    ) async throws -> Bool {
        while true {
            let (from, scope) = (place, current)
            guard let plan = try await shard.read({ try StreamPlan.next(from, scope, in: $0) }) else { return false }
            try await send(plan.events)
            told(plan.messages)
            place = plan.place
            guard plan.hasMore else { return true }
        }
    }

    private func reset(
        _ send: Send
    ) async throws -> StreamPlan.Place {
        let scope = current
        let plan = try await shard.read { try StreamPlan.reset(scope, in: $0) }
        try await send(plan.events)
        return plan.place
    }

    private struct DraftEvent: Encodable {
        var conversationId: String
        var text: String
    }

    /// - Returns: what the client shows now.
    private func show(
        _ shown: String?, _ send: Send
    ) async throws -> String {
        guard let open else { return "" }
        let text = drafts.text(open, dealership: dealership)
        if text != shown { try await send([StreamPlan.event("draft", DraftEvent(conversationId: open, text: text))]) }
        return text
    }
}

/// Whether the stream has something that passes with time.
private final class Waiting: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set(_ value: Bool) { flag.store(value, ordering: .relaxed) }
}
