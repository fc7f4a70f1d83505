import Contracts
import Foundation
import Logging
import Shards
import Synchronization
import Testing

@testable import Ingest

/// A log that can be stopped, fails on request, and remembers what it took.
final class FakeLog: Sendable {
    struct Down: Error {}
    struct State {
        var taken: [Event] = []
        var isUp = true
        var failures = 0
        var resets = 0
    }
    let state = Mutex(State())
    private static let time = Timestamp(milliseconds: 1)

    var ids: [String] { state.withLock { $0.taken.map { String($0.id.split(separator: ".").last ?? "") } } }

    func append(_ events: [Event]) async throws -> AppendedRecord? {
        let attempt = state.withLock { $0.resets }
        while state.withLock({ !$0.isUp && $0.resets == attempt }) {
            try await Task.sleep(for: .milliseconds(2))
        }
        return try state.withLock { state in
            guard state.resets == attempt else { throw Down() }
            if state.failures > 0 {
                state.failures -= 1
                // Half of the batch arrives, as it can with a real broker.
                state.taken += events.prefix(events.count / 2)
                throw Down()
            }
            state.taken += events
            return events.last.map { AppendedRecord($0, at: Self.time, offset: Int64(state.taken.count - 1)) }
        }
    }

    /// One partition is as good as another here: all records stand in one list. A log that is away does not answer.
    func standing(_ records: [Int32: AppendedRecord]) async throws -> Set<Int32> {
        while !records.isEmpty, state.withLock({ !$0.isUp }) { try await Task.sleep(for: .milliseconds(2)) }
        return state.withLock { state in
            let found = records.filter { _, record in
                record.offset < state.taken.count
                    && record == AppendedRecord(state.taken[Int(record.offset)], at: Self.time, offset: record.offset)
            }
            return Set(found.keys)
        }
    }

    func reset() { state.withLock { $0.resets += 1 } }
}

extension SpoolPump {
    nonisolated func expect(
        _ entry: SpoolEntry, _ kept: Kept, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await accept(entry)
        #expect(answer == kept, sourceLocation: location)
    }
}

@Suite struct SpoolPumpTests {
    let folder: TemporaryFolder
    let log = FakeLog()
    let losses = AsyncStream.makeStream(of: Void.self)

    init() throws { folder = try TemporaryFolder() }

    /// Runs a pump over the folder's spool for as long as the body runs.
    private func withPump(
        _ spool: Spool, patience: Duration = .seconds(20), pendingLimit: Int = 1_000,
        _ body: @escaping @Sendable (SpoolPump) async throws -> Void
    ) async throws {
        let stop = AsyncStream.makeStream(of: Void.self)
        let log = log
        let pump = SpoolPump(
            spool: spool, losses: losses.stream, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            patience: patience, pendingLimit: pendingLimit,
            now: { Timestamp(milliseconds: 1_000_000) }, reset: { log.reset() },
            standing: { try await log.standing($0) },
            append: { try await log.append($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pump.run { for await _ in stop.stream {} } }
            try await eventually { await pump.current().writable }
            do {
                try await body(pump)
            } catch {
                group.cancelAll()
                throw error
            }
            stop.continuation.finish()
            try await group.waitForAll()
        }
    }

    @Test func aMessageIsAcknowledgedByTheLogAndKeptInTheSpool() async throws {
        let spool = try Spool(path: folder.spool)
        try await withPump(spool) { pump in
            try await pump.expect(entry("a"), .log)
            try await pump.expect(entry("a"), .log)
            await #expect(throws: SpoolRefusal.conflict) { try await pump.accept(entry("a", "other")) }
        }
        #expect(log.ids == ["a"])
        let facts = try await spool.leftOver()
        #expect(facts.pending == 0 && facts.lastAcknowledgement != nil)
    }

    @Test func twentyAtOnceAreOneRow() async throws {
        let spool = try Spool(path: folder.spool)
        try await withPump(spool) { pump in
            try await withThrowingTaskGroup(of: Kept.self) { group in
                for _ in 0..<20 { group.addTask { try await pump.accept(entry("a")) } }
                for try await kept in group { #expect(kept == .log) }
            }
        }
        #expect(log.ids == ["a"])
        #expect(try await spool.facts().rows == 1)
    }

    @Test func aSilentLogIsAnsweredFromTheSpoolAndGetsEverythingInOrder() async throws {
        let spool = try Spool(path: folder.spool)
        let log = log
        log.state.withLock { $0.isUp = false }
        try await withPump(spool, patience: .milliseconds(10)) { pump in
            for number in 0..<30 {
                try await pump.expect(entry("m\(number)"), .spool)
                // A repeat says the same.
                if number == 7 { try await pump.expect(entry("m7"), .spool) }
            }
            #expect(await pump.current().pending == 30)
            log.state.withLock { $0.isUp = true }
            try await eventually { await pump.current().pending == 0 }
        }
        #expect(log.ids == (0..<30).map { "m\($0)" })
    }

    @Test func aFailedBatchIsAppendedAgainFromItsFirstRow() async throws {
        let spool = try Spool(path: folder.spool)
        let log = log
        _ = try await spool.commit(SpoolChange(entries: (0..<4).map { entry("m\($0)") }))
        log.state.withLock { $0.failures = 1 }
        try await withPump(spool) { pump in
            try await eventually { await pump.current().pending == 0 }
        }
        #expect(log.ids == ["m0", "m1", "m0", "m1", "m2", "m3"])
    }

    @Test func whatAnEarlierRunLeftGoesFirst() async throws {
        _ = try await Spool(path: folder.spool).commit(SpoolChange(entries: (0..<3).map { entry("old\($0)") }))
        let spool = try Spool(path: folder.spool)
        try await withPump(spool) { pump in try await pump.expect(entry("new"), .log) }
        #expect(log.ids == ["old0", "old1", "old2", "new"])
    }

    @Test func aStartRepeatsTheLastMinuteOfAcknowledgements() async throws {
        let earlier = try Spool(path: folder.spool)
        _ = try await earlier.commit(SpoolChange(entries: (0..<3).map { entry("old\($0)") }))
        _ = try await earlier.commit(
            SpoolChange(acknowledged: [
                (1, Timestamp(milliseconds: 100_000)), (2, Timestamp(milliseconds: 190_000)),
                (3, Timestamp(milliseconds: 200_000)),
            ]))
        let spool = try Spool(path: folder.spool)
        try await withPump(spool) { pump in try await pump.expect(entry("new"), .log) }
        #expect(log.ids == ["old1", "old2", "new"])
    }

    @Test func aLostConnectionAppendsTheLastMinuteAgainBeforeAnythingNewer() async throws {
        let spool = try Spool(path: folder.spool)
        let log = log
        let losses = losses.continuation
        try await withPump(spool, patience: .milliseconds(50)) { pump in
            for number in 0..<3 { _ = try await pump.accept(entry("m\(number)")) }
            try await eventually { try await spool.leftOver().pending == 0 }
            // The broker goes away with one record in flight, and comes back without the three it had.
            log.state.withLock { $0.isUp = false }
            try await pump.expect(entry("m3"), .spool)
            losses.yield()
            try await eventually { log.state.withLock { $0.resets } == 1 }
            log.state.withLock {
                $0.taken = []
                $0.isUp = true
            }
            _ = try await pump.accept(entry("m4"))
            try await eventually { await pump.current().pending == 0 }
        }
        var seen = Set<String>()
        #expect(log.ids.filter { seen.insert($0).inserted } == ["m0", "m1", "m2", "m3", "m4"])
    }

    @Test func aLostConnectionAloneAppendsNothingAgain() async throws {
        let log = log
        let losses = losses.continuation
        do {
            let spool = try Spool(path: folder.spool)
            try await withPump(spool) { pump in
                for number in 0..<3 { try await pump.expect(entry("m\(number)"), .log) }
                try await eventually { try await spool.leftOver().pending == 0 }
                for number in 1...3 {
                    losses.yield()
                    try await eventually { log.state.withLock { $0.resets } == number }
                    try await pump.expect(entry("after\(number)"), .log)
                }
                try await eventually { try await spool.leftOver().pending == 0 }
            }
        }
        // Nor does a start.
        let again = try Spool(path: folder.spool)
        try await withPump(again) { pump in try await pump.expect(entry("new"), .log) }
        #expect(log.ids == ["m0", "m1", "m2", "after1", "after2", "after3", "new"])
    }

    @Test func aTailThatIsAnotherIsAppendedAgain() async throws {
        let spool = try Spool(path: folder.spool)
        let log = log
        let losses = losses.continuation
        try await withPump(spool) { pump in
            for number in 0..<3 { try await pump.expect(entry("m\(number)"), .log) }
            try await eventually { try await spool.leftOver().pending == 0 }
            // Lost, and grown over by somebody else's.
            let others = ["x1", "x2", "x3"].map { entry($0).event }
            log.state.withLock { $0.taken = $0.taken.prefix(1) + others }
            losses.yield()
            try await eventually { log.ids.count == 7 }
        }
        #expect(log.ids == ["m0", "x1", "x2", "x3", "m0", "m1", "m2"])
    }

    @Test func aLogThatIsAnotherGetsAllOfItsPartitionAgain() async throws {
        let spool = try Spool(path: folder.spool)
        let log = log
        try await withPump(spool) { pump in
            for number in 0..<3 { try await pump.expect(entry("m\(number)"), .log) }
            try await eventually { try await spool.leftOver().pending == 0 }
            log.state.withLock { $0.taken = [] }
            await pump.logLost(entry("m0").partition + 1)
            try await eventually { try await spool.leftOver().pending == 0 }
            #expect(log.ids == [])
            await pump.logLost(entry("m0").partition)
            try await eventually { log.ids == ["m0", "m1", "m2"] }
            try await eventually { await pump.current().pending == 0 }
        }
        #expect(try await spool.leftOver().pending == 0)
    }

    @Test func aFullDiskRefusesAndThePumpComesBackByItself() async throws {
        let spool = try Spool(path: folder.spool)
        try await withPump(spool) { pump in
            _ = try await pump.accept(entry("a"))
            try await spool.limit(pages: 1)
            let text = String(repeating: "x", count: 100_000)
            await #expect(throws: SpoolRefusal.unwritable) { try await pump.accept(entry("b", text)) }
            try await spool.limit(pages: 100_000)
            try await eventually { await pump.current().writable }
            try await pump.expect(entry("b", text), .log)
        }
        #expect(log.ids == ["a", "b"])
    }

    @Test func tooManyPendingRowsRefuse() async throws {
        let spool = try Spool(path: folder.spool)
        let log = log
        log.state.withLock { $0.isUp = false }
        try await withPump(spool, patience: .milliseconds(5), pendingLimit: 2) { pump in
            _ = try await pump.accept(entry("a"))
            _ = try await pump.accept(entry("b"))
            await #expect(throws: SpoolRefusal.full) { try await pump.accept(entry("c")) }
            log.state.withLock { $0.isUp = true }
        }
        #expect(log.ids == ["a", "b"])
    }

    @Test func aStoppedPumpTakesNothing() async throws {
        let spool = try Spool(path: folder.spool)
        let kept = Mutex<SpoolPump?>(nil)
        try await withPump(spool) { pump in kept.withLock { $0 = pump } }
        let pump = try #require(kept.withLock { $0 })
        await #expect(throws: SpoolRefusal.stopping) { try await pump.accept(entry("a")) }
    }
}
