import Contracts
import Foundation
import Kafka
import Logging
import Shards
import Simulation
import Synchronization

@testable import Conversations
@testable import Ingest
@testable import Presence
@testable import Qualification

/// All processes of a run, and whoever starts them again.
final class Fleet: Sendable {
    struct Slot: Hashable, Sendable {
        var service: ServiceName
        var index: Int
    }

    let scenario: Scenario
    let log: SimulatedLog
    let time: SimulatedTime
    let trace: Trace
    let folder: URL
    let names = TopicNames()
    let repeats = Repeats()
    private let state = Mutex(State())

    private struct State {
        var instances: [Slot: Instance] = [:]
        var generation = 0
        var random: SeededRandom

        init() { random = SeededRandom(0) }
    }

    init(_ scenario: Scenario, log: SimulatedLog, time: SimulatedTime, trace: Trace, folder: URL) {
        self.scenario = scenario
        self.log = log
        self.time = time
        self.trace = trace
        self.folder = folder
        state.withLock { $0.random = SeededRandom(scenario.seed ^ 0xf1ee7) }
    }

    var slots: [Slot] {
        scenario.cast.services.flatMap { service in (0..<scenario.instances).map { Slot(service: service, index: $0) } }
    }

    /// The instance that has the slot and has not crashed.
    func instance(_ slot: Slot) -> Instance? {
        state.withLock { $0.instances[slot] }.flatMap { $0.process.isDead || $0.hasEnded ? nil : $0 }
    }

    func instances(of service: ServiceName) -> [Instance] {
        (0..<scenario.instances).compactMap { instance(Slot(service: service, index: $0)) }
    }

    var all: [Instance] { slots.compactMap { instance($0) } }

    func data(_ slot: Slot) -> URL { folder.appending(path: "\(slot.service.rawValue)-\(slot.index)") }

    /// As it would be written by whoever appends for an instance.
    func events(_ appender: any LogAppender) -> EventLog {
        EventLog(names: names, partitions: Int32(scenario.partitions), appender: appender)
    }

    // MARK: Starting

    func start(_ slot: Slot) throws {
        try FileManager.default.createDirectory(at: data(slot), withIntermediateDirectories: true)
        let generation = state.withLock { state in
            state.generation += 1
            return state.generation
        }
        let process = SimulatedProcess("\(slot.service.rawValue)-\(slot.index)#\(generation)") { process in
            self.log.change { $0.set(.dead, process: process.name) }
            self.trace.note("\(process.name) is dead at step \(process.steps)")
        }
        let instance = make(slot, process)
        state.withLock { $0.instances[slot] = instance }
        trace.note("\(process.name) starts")
    }

    /// Starts whatever is not there, until cancelled.
    func supervise() async throws {
        while true {
            for slot in slots where instance(slot) == nil {
                let pause = state.withLock { $0.random.int(0...2_500) }
                try await time.sleep(for: .milliseconds(pause))
                if instance(slot) == nil { try start(slot) }
            }
            try await time.sleep(for: .milliseconds(200))
        }
    }

    private func make(_ slot: Slot, _ process: SimulatedProcess) -> Instance {
        let (clock, trace): (@Sendable () -> Timestamp, Trace) = ({ [time] in time.timestamp }, trace)
        let (disk, processTime) = (SimulatedDisk(process), ProcessTime(time, process: process))
        let appender = SteppedAppender(log, process: process)
        let events = events(WatchedAppender(appender, log: log, names: names, repeats: repeats))
        let settings = ShardSettings(
            names: names, partitions: Int32(scenario.partitions), dataDirectory: data(slot),
            instanceId: scenario.isStatic ? "\(slot.index)" : nil,
            address: "http://\(slot.service.rawValue)-\(slot.index)", sessionTimeoutMs: 3_000,
            snapshots: snapshots(slot.service), snapshotEvery: 6, restoreApartAbove: scenario.restoreApartAbove,
            clock: clock, time: processTime, disk: disk)
        func pool<Logic: ShardLogic>(_ logic: Logic) -> ShardPool<Logic> {
            ShardPool(
                logic: logic, settings: settings, log: events, client: SteppedClient(log, process: process),
                logger: trace.logger(of: process.name))
        }
        func launched(_ host: any Host, _ run: @escaping @Sendable (Instance) async throws -> Void) -> Instance {
            let instance = Instance(slot.service, slot.index, process, host: host, appender: appender)
            instance.launch(run, trace)
            return instance
        }
        switch slot.service {
        case .ingest:
            let pool = pool(IngestLogic(board: ConversationBoard()))
            let spool = data(slot).appending(path: "ingest-spool.sqlite").path
            return launched(pool) {
                try await $0.runIngest(pool, spool: spool, disk: disk, time: processTime, log: events)
            }
        case .presence:
            let pool = pool(PresenceLogic())
            return launched(pool) { _ in try await pool.run() }
        case .conversations:
            let pool = pool(ConversationsLogic(drafts: Drafts(now: clock)))
            return launched(pool) { _ in try await pool.run() }
        case .qualification:
            let pool = pool(QualificationLogic())
            return launched(pool) { _ in try await pool.run() }
        }
    }

    private func snapshots(_ service: ServiceName) -> (any SnapshotStore)? {
        guard scenario.hasSnapshots else { return nil }
        return try? SnapshotFolder(folder.appending(path: "snapshots-\(service.rawValue)"))
    }
}

struct SilentLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.critical
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {}
}
