import Contracts
import Foundation
import Kafka
import Logging
import Metrics
import Synchronization

/// The loop: records and rebalances in one ordered sequence, a runner a shard.
///
/// `run()` is the whole life of the service's membership; it returns after cancellation, with the shards released and
/// the group left.
public final class ShardPool<Logic: ShardLogic>: Sendable {
    public let logic: Logic
    public let settings: ShardSettings
    let log: EventLog
    let client: any LogClient
    let logger: Logger
    let owners: Owners
    let restores = Gate(limit: Limits.restoresAtOnce)
    let copies = Gate(limit: Limits.copiesAtOnce)
    let rebuilds = Gate(limit: Limits.rebuildsAtOnce)
    /// Each trouble with the log, as it is found; for one task.
    public let troubles: AsyncStream<(partition: Int32, trouble: LogTrouble)>
    let troubled: AsyncStream<(partition: Int32, trouble: LogTrouble)>.Continuation
    let lags = Lags()
    /// When the loop took the event that it is handling.
    let busySince = Mutex<ContinuousClock.Instant?>(nil)
    private let state = Mutex(State())

    private struct State {
        var runners: [Int32: ShardRunner<Logic>] = [:]
        var live: [Int32: Shard] = [:]
        var problems: [Int32: ShardUnavailable] = [:]
        var joined = false
        /// Folded before the group is joined.
        var preparing: [ShardRunner<Logic>] = []
        /// Of all shards at once.
        var trouble: LogTrouble?
    }

    public init(logic: Logic, settings: ShardSettings, log: EventLog, client: any LogClient, logger: Logger) {
        self.logic = logic
        self.settings = settings
        self.log = log
        self.client = client
        // The newest of many: whoever listens does the same for each of a shard.
        (troubles, troubled) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
        self.logger = logger
        owners = Owners(settings: settings, client: client, logger: logger)
    }

    // MARK: Asking

    public var partitionCount: Int32 { settings.partitions }

    /// The dealership's shard, if it is live here.
    public func shard(of dealership: String) throws(ShardUnavailable) -> Shard {
        try shard(log.partition(of: dealership))
    }

    public func shard(_ partition: Int32) throws(ShardUnavailable) -> Shard {
        let (live, problem) = state.withLock { ($0.live[partition], $0.problems[partition]) }
        if let live { return live }
        if let problem { throw problem }
        let address = owners.address(service: logic.service, shard: partition)
        guard let address, address != settings.address else { throw ShardUnavailable(.nobody) }
        throw ShardUnavailable(.elsewhere(address: address))
    }

    /// The group has answered, every shard held here is live, and who serves the others is known.
    public var isReady: Bool { unready.isEmpty }

    /// What is missing for that, in words.
    public var unready: [String] {
        state.withLock { state in
            guard state.preparing.isEmpty else {
                let shards = state.preparing.map { "\($0.partition)" }.joined(separator: ", ")
                return ["shards \(shards) are being folded for a new version before the group is joined"]
            }
            if let trouble = state.trouble { return ["\(trouble)".replacing("{shard}", with: "<each shard>")] }
            guard state.joined else { return ["the consumer group has not been joined"] }
            let problems = state.problems.sorted { $0.key < $1.key }.map { "shard \($0.key): \($0.value)" }
            return problems.isEmpty && !owners.isKnown ? ["who serves the other shards is not read yet"] : problems
        }
    }

    public func status() async -> [ShardStatus] {
        let runners = state.withLock { $0.preparing + Array($0.runners.values) }
        var all: [ShardStatus] = []
        for runner in runners.sorted(by: { $0.partition < $1.partition }) { all.append(await runner.status()) }
        return all
    }

    /// Of the shards that are held here.
    public func deadLetters(after place: DeadLetterPlace? = nil, limit: Int) async throws -> [DeadLetter] {
        let runners = state.withLock { $0.runners }.filter { $0.key >= place?.partition ?? 0 }
        var all: [DeadLetter] = []
        for (partition, runner) in runners.sorted(by: { $0.key < $1.key }) {
            let start = partition == place?.partition ? place : nil
            all += try await runner.deadLetters(after: start, limit: limit - all.count)
        }
        return all
    }

    /// A halted shard folds the log as it is now into a new file; a holding one goes on.
    ///
    /// - Throws: `ShardUnavailable` if the shard is not held here.
    public func resume(_ partition: Int32) async throws {
        guard let runner = state.withLock({ $0.runners[partition] }) else { throw ShardUnavailable(.nobody) }
        await countPartitions()
        await runner.resume()
    }

    // MARK: The loop

    public func run() async throws {
        try FileManager.default.createDirectory(at: settings.dataDirectory, withIntermediateDirectories: true)
        if let warning = try SQLiteVersion.warning() { logger.notice("\(warning)") }
        try await prepare()
        let member = try client.join(
            group, lead: settings.names.name(logic.lead.topic),
            instanceId: settings.instanceId, sessionTimeoutMs: settings.sessionTimeoutMs, logger: logger)
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.owners.run() }
                group.addTask { try await self.tick() }
                group.addTask { try await self.commitPositions() }
                group.addTask { try await self.watchPartitions() }
                group.addTask { try await self.watchLog() }
                group.addTask { try await self.follow(member) }
                defer { group.cancelAll() }
                // The loop ends when it is cancelled or fails; the others only with it.
                try await group.next()
            }
            outcome = .success(())
        } catch is CancellationError {
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        // Cancellation has reached this task; what releases the shards must run to its end all the same.
        await Task {
            for runner in self.state.withLock({ $0.runners.values }) { await runner.close() }
            await member.close()
        }.value
        try outcome.get()
    }

    private func follow(_ member: any LogMember) async throws {
        while let event = try await member.next() {
            busySince.withLock { $0 = settings.time.instant }
            defer { busySince.withLock { $0 = nil } }
            switch event {
            case .records(let records):
                await fold(records)
            case .assigned(let partitions):
                logger.info("shards assigned", metadata: ["shards": "\(partitions)"])
                Failpoint.reach("rebalance")
                try await member.answer()
                state.withLock { $0.joined = true }
                for partition in partitions { await begin(partition, member) }
            case .revoked(let partitions, let lost):
                logger.info("shards revoked", metadata: ["shards": "\(partitions)", "lost": "\(lost)"])
                // Lost: the group has put us out, and nothing is served before it lets us in again.
                if lost { state.withLock { $0.joined = false } }
                for partition in partitions { await end(partition) }
                Failpoint.reach("rebalance")
                try await member.answer()
            case .reachedEnd(let place, let offset):
                guard let topic = settings.names.topic(named: place.topic) else { continue }
                await runner(place.partition)?.reachedEnd(topic, offset)
            case .fault(let place, let error):
                guard let topic = settings.names.topic(named: place.topic) else { continue }
                await runner(place.partition)?.fault(topic, error)
            case .connectionLost(let error):
                logger.warning("broker connection lost", metadata: ["error": "\(error)"])
                for runner in state.withLock({ Array($0.runners.values) }) { await runner.verifyAgain() }
            }
        }
    }

    /// Shards are independent: their transactions run side by side.
    private func fold(_ records: [Record]) async {
        let groups = Dictionary(grouping: records, by: \.partition)
        if groups.count == 1, let (partition, records) = groups.first {
            await runner(partition)?.fold(records)
            return
        }
        await withTaskGroup(of: Void.self) { group in
            for (partition, records) in groups {
                group.addTask { await self.runner(partition)?.fold(records) }
            }
        }
    }

    func runner(_ partition: Int32) -> ShardRunner<Logic>? {
        state.withLock { $0.runners[partition] }
    }

    private func begin(_ partition: Int32, _ member: any LogMember) async {
        let runner = ShardRunner(pool: self, partition: partition, member: member)
        state.withLock {
            $0.runners[partition] = runner
            $0.problems[partition] = ShardUnavailable(.restoring)
        }
        await runner.launch()
    }

    private func end(_ partition: Int32) async {
        let runner = state.withLock {
            $0.problems.removeValue(forKey: partition)
            $0.live.removeValue(forKey: partition)
            return $0.runners.removeValue(forKey: partition)
        }
        await runner?.close()
    }

    /// From a runner: what handlers get now.
    func serve(_ partition: Int32, _ runner: ShardRunner<Logic>, _ result: Result<Shard, ShardUnavailable>) {
        state.withLock { state in
            guard state.runners[partition] === runner else { return }
            switch result {
            case .success(let shard): (state.live[partition], state.problems[partition]) = (shard, nil)
            case .failure(let problem): (state.live[partition], state.problems[partition]) = (nil, problem)
            }
        }
    }

    // MARK: Beside the loop

    var group: String { settings.names.prefix + logic.service }

    var partitionTrouble: LogTrouble? { state.withLock { $0.trouble } }

    /// - Returns: the shards that it concerns: all.
    func note(_ trouble: LogTrouble?) -> [ShardRunner<Logic>] {
        state.withLock {
            $0.trouble = trouble
            return Array($0.runners.values)
        }
    }

    func allRunners() -> [ShardRunner<Logic>] { state.withLock { Array($0.runners.values) } }

    func beginPreparing(_ runners: [ShardRunner<Logic>]) {
        state.withLock { $0.preparing = runners }
    }

    func endPreparing(_ runner: ShardRunner<Logic>) {
        state.withLock { $0.preparing.removeAll { $0 === runner } }
    }

    /// Time passes for what is owed and for claims.
    private func tick() async throws {
        while true {
            try await settings.time.sleep(for: Limits.tick)
            for runner in allRunners() { await runner.tick() }
        }
    }
}
