import Contracts
import Synchronization

@testable import Ingest

/// What customers and staff were told: the promises that a run is held to.
final class Book: Sendable {
    /// A message that was acknowledged.
    struct Message: Sendable {
        var conversation: String
        var dealership: String
        var side: Side
        var clientMessageId: String
        var text: String
        /// Where it was taken; nil for staff's.
        var slot: Int?
        /// What ingest said; nil for staff's.
        var kept: Kept?
        /// Its sender's own count.
        var number: Int
        var id: String { side.messageId(conversation: conversation, clientMessageId: clientMessageId) }
    }

    /// A click that was answered.
    struct Click: Sendable {
        var dealership: String
        var conversation: String
        var requestId: String
        var wantsDeal: Bool
    }

    private struct State {
        var messages: [Message] = []
        var clicks: [Click] = []
        var lost: Set<String> = []
        var lostAny = false
        var halts = 0
        var steps: [ServiceName: Int] = [:]
    }

    private let state = Mutex(State())

    func acknowledge(_ message: Message) { state.withLock { $0.messages.append(message) } }
    func acknowledge(_ click: Click) { state.withLock { $0.clicks.append(click) } }
    /// Ids of events that the broker lost.
    func lose(_ ids: [String]) {
        state.withLock { state in
            state.lost.formUnion(ids)
            state.lostAny = true
        }
    }
    /// How far the first process of each service had come when people were done.
    func note(steps: [ServiceName: Int]) { state.withLock { $0.steps = steps } }
    func noteHalt() { state.withLock { $0.halts += 1 } }

    var messages: [Message] { state.withLock { $0.messages } }
    var clicks: [Click] { state.withLock { $0.clicks } }
    var lost: Set<String> { state.withLock { $0.lost } }
    var lostTail: Bool { state.withLock { $0.lostAny } }
    var steps: [ServiceName: Int] { state.withLock { $0.steps } }
    var halts: Int { state.withLock { $0.halts } }
}
