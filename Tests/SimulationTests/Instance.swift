import Contracts
import Foundation
import Logging
import Shards
import Simulation
import Synchronization

@testable import Ingest

/// One process of a service, from its start to its end or its crash.
final class Instance: Sendable {
    let service: ServiceName
    let index: Int
    let process: SimulatedProcess
    let host: any Host
    let appender: SteppedAppender
    private let losses = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let stops = AsyncStream.makeStream(of: Void.self)
    private let state = Mutex<State>(State())

    private struct State {
        var pump: SpoolPump?
        var run: Task<Void, Never>?
        var hasEnded = false
    }

    init(_ service: ServiceName, _ index: Int, _ process: SimulatedProcess, host: any Host, appender: SteppedAppender) {
        self.service = service
        self.index = index
        self.process = process
        self.host = host
        self.appender = appender
    }

    /// Ingest's, once it takes messages.
    var pump: SpoolPump? { state.withLock { $0.pump } }
    /// It has stopped or failed: whoever looks after it starts it again.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// The broker's connection is gone.
    func loseConnection() { losses.continuation.yield() }

    /// As on SIGTERM.
    /// In good order; it may crash before it is done.
    func stop(_ time: SimulatedTime) async throws {
        stops.continuation.finish()
        if service != .ingest { state.withLock { $0.run }?.cancel() }
        while !hasEnded, !process.isDead { try await time.sleep(for: .milliseconds(50)) }
    }

    func launch(_ body: @escaping @Sendable (Instance) async throws -> Void, _ trace: Trace) {
        let run = Task {
            do { try await body(self) } catch { trace.tell("\(process.name): ended: \(error)") }
            state.withLock { ($0.hasEnded, $0.pump) = (true, nil) }
        }
        state.withLock { $0.run = run }
    }

    /// The loop beside the spool, as ingest's main puts them together.
    func runIngest(
        _ pool: ShardPool<IngestLogic>, spool path: String, disk: SimulatedDisk, time: ProcessTime, log: EventLog
    ) async throws {
        let (appender, clock, losses, stops) = (appender, pool.settings.clock, losses.stream, stops.stream)
        let spool = try await disk.run { try Spool(path: path, disk: disk) }
        let pump = SpoolPump(
            spool: spool, losses: losses, logger: .init(label: "spool") { _ in SilentLogHandler() }, now: clock,
            time: time, reset: { await appender.reset() },
            standing: { try await pool.standing(.messages, $0) },
            append: { try await log.append($0, to: .messages, stampedAt: clock()) })
        state.withLock { $0.pump = pump }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            group.addTask { try await pump.run { for await _ in stops {} } }
            group.addTask {
                for await (partition, trouble) in pool.troubles {
                    guard trouble.topic == .messages, trouble.kind != .partitions else { continue }
                    await pump.logLost(partition)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
        try await disk.run { try spool.close() }
    }
}
