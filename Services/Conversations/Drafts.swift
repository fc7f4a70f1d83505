import Contracts
import Synchronization

/// The process's board of drafts. Memory only: never in a file, a log line or a dead letter.
final class Drafts: Sendable {
    private let board = Mutex(DraftBoard())
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    func change(_ draft: DraftChanged, dealership: String, at time: Timestamp) {
        board.withLock { $0.change(draft, dealership: dealership, at: time, now: now()) }
    }

    func close(_ conversation: String, dealership: String, at time: Timestamp) {
        board.withLock { $0.close(conversation, dealership: dealership, at: time, now: now()) }
    }

    /// As staff may see it; empty for nothing.
    func text(_ conversation: String, dealership: String) -> String {
        Masking.masked(board.withLock { $0.text(conversation, dealership: dealership, now: now()) })
    }
}
