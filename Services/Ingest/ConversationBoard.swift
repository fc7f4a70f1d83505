import Synchronization

/// What the open streams of this instance need to know at once, in memory only: who types, and where a watched
/// conversation changed last, so that a thousand streams need not all read the file after each batch.
final class ConversationBoard: Sendable {
    /// That staff are typing, as of one event.
    struct Typing: Sendable, Equatable {
        /// Grows with each event: tells a new "typing" from one that has been answered for.
        var serial: UInt64
        var until: ContinuousClock.Instant
    }

    private struct Entry {
        var watchers = 0
        var changed: Int64 = -1
        var typing: Typing?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var serial: UInt64 = 0
    }

    private let state = Mutex(State())

    /// From the fold: the record at `offset` changed the conversation, if its transaction is committed.
    func changed(_ conversation: String, at offset: Int64) {
        state.withLock { state in
            guard let index = state.entries.index(forKey: conversation) else { return }
            state.entries.values[index].changed = max(offset, state.entries.values[index].changed)
        }
    }

    /// Only watched conversations are remembered: who connects later has missed nothing that lasts.
    func typing(_ conversation: String, _ isTyping: Bool) {
        state.withLock { state in
            guard let index = state.entries.index(forKey: conversation) else { return }
            state.serial += 1
            state.entries.values[index].typing =
                isTyping ? Typing(serial: state.serial, until: .now + Limits.typing) : nil
        }
    }

    /// The offset of the last change that a fold has seen since somebody began to watch; -1 if there was none.
    func lastChange(_ conversation: String) -> Int64 {
        state.withLock { $0.entries[conversation]?.changed ?? -1 }
    }

    func typing(_ conversation: String) -> Typing? {
        state.withLock { state in
            guard let typing = state.entries[conversation]?.typing, typing.until > .now else { return nil }
            return typing
        }
    }

    /// Watches a conversation for as long as `body` runs.
    func watching<T: Sendable>(_ conversation: String, _ body: () async throws -> T) async rethrows -> T {
        state.withLock { $0.entries[conversation, default: Entry()].watchers += 1 }
        defer {
            state.withLock { state in
                guard var entry = state.entries[conversation] else { return }
                entry.watchers -= 1
                state.entries[conversation] = entry.watchers > 0 ? entry : nil
            }
        }
        return try await body()
    }
}
