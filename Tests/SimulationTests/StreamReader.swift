import Contracts
import Foundation
import ServiceKit
import Shards
import Simulation
import Synchronization

@testable import Conversations

/// A member of staff's browser at its stream: cut off in the middle of what is sent, it comes back with the last id that
/// it has seen, to whichever instance has the shard then.
final class StreamReader: Sendable {
    let dealership: String
    private let fleet: Fleet
    private let state: Mutex<State>

    private struct State {
        var random: SeededRandom
        /// Nil before it has heard of any.
        var lastId: String?
        var began: Int64 = 0
        var seen: [String] = []
    }

    init(dealership: String, fleet: Fleet, random: SeededRandom) {
        self.dealership = dealership
        self.fleet = fleet
        state = Mutex(State(random: random))
    }

    /// Messages, in the order in which they came.
    var seen: [String] { state.withLock { $0.seen } }
    /// Where in the topic its first stream began.
    var began: Int64 { state.withLock { $0.began } }

    /// Until cancelled: a connection after the other.
    func read() async throws {
        while true {
            _ = try? await within(.seconds(5), fleet.time) { try await self.connect(isCut: true) }
            try await pause(1...500)
        }
    }

    /// What is left, when everybody has caught up.
    func readToEnd() async throws {
        try await within(.seconds(5), fleet.time) { try await self.connect(isCut: false) }
    }

    /// One connection: until it is cut, or without cuts until nothing is left.
    private func connect(isCut: Bool) async throws {
        let shard = try owner()
        var place = StreamPlan.Place(cursor: state.withLock { $0.lastId }.flatMap { StreamCursor($0) })
        // Pieces are small, so that there are several of them, and cuts in between.
        let limit = draw(1...4)
        var told: [Topic: Int64]?
        while true {
            let positions = shard.positions
            if positions != told {
                told = positions
                let scope = StreamPlan.Scope(
                    dealership: dealership, now: fleet.time.timestamp, limit: limit, conversations: 2)
                // Ahead of this owner: later, or at another one.
                guard let plan = try await shard.read({ [place] in try StreamPlan.next(place, scope, in: $0) })
                else { return }
                // The client has gone meanwhile.
                try Task.checkCancellation()
                let events = plan.events
                let count = isCut && draw(1...100) <= 30 ? draw(0...events.count) : events.count
                hear(events.prefix(count))
                guard count == events.count else { return }
                place = plan.place
                if plan.hasMore { told = nil }
            } else if isCut {
                try await pause(50...800)
            } else {
                return
            }
        }
    }

    private func owner() throws -> Shard {
        for instance in fleet.instances(of: .conversations) {
            if let shard = try? instance.host.shard(of: dealership) { return shard }
        }
        throw ShardUnavailable(.nobody)
    }

    private func hear(_ events: ArraySlice<ServerSentEvent>) {
        struct Message: Decodable { var id: String }
        for event in events {
            state.withLock { state in
                if let id = event.id {
                    if state.lastId == nil { state.began = StreamCursor(id)?[.messages] ?? 0 }
                    state.lastId = id
                }
                guard event.event == "message", let data = event.data else { return }
                let message = try? JSONDecoder().decode(Message.self, from: Data(data.utf8))
                state.seen.append(message?.id ?? data)
                fleet.trace.note("the reader sees \(message?.id ?? data), at \(event.id ?? "no id")")
            }
        }
    }

    private func draw(_ range: ClosedRange<Int>) -> Int { state.withLock { $0.random.int(range) } }

    private func pause(_ milliseconds: ClosedRange<Int>) async throws {
        try await fleet.time.sleep(for: .milliseconds(draw(milliseconds)))
    }
}
