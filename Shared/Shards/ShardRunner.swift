import Contracts
import Foundation
import GRDB
import Kafka
import Logging
import Metrics

/// The life of one shard here, from assignment to release.
///
///     opening ──▶ restoring ──▶ live ◀──▶ holding
///        ▲            │           │
///        └─ stopped ◀─┴───────────┤   SQLite or the broker refused: back-off, then again from the file's positions
///                     └── halted ◀┘   the log is another one (LogTrouble): a person resumes
///     any ──▶ closed
///
/// The pool calls it from its one loop, so records, ends, faults and revocations come in their order; only the start
/// and what is owed run beside it.
actor ShardRunner<Logic: ShardLogic> {
    enum Phase: Equatable {
        case opening, restoring, live, closed
        case holding(String), stopped(String), halted(String)
    }

    let pool: ShardPool<Logic>
    let partition: Int32
    /// Nil while a shard is only prepared, before the group is joined, and of a shadow.
    let member: (any LogMember)?
    let logic: Logic
    /// Folds beside the runner that serves the shard; nil of that one.
    let shadow: Shadow?
    let logger: Logger
    var phase = Phase.opening
    var file: ShardFile<Logic>?
    var shard: Shard?
    /// The next offset to fold of every topic, those without a position in the file too.
    var next: [Topic: Int64] = [:]
    /// The logs' beginnings when it was started, and their ends as last seen.
    var begins: [Topic: Int64] = [:]
    var ends: [Topic: Int64] = [:]
    /// Kept topics whose last folded record has not been seen again since they were started.
    var verifying: Set<Topic> = []
    /// Ends that must be reached before the shard is live.
    var targets: [Topic: Int64] = [:]
    /// The member reads for this shard.
    var started = false
    var lifecycle: Task<Void, Never>?
    var owing: Task<Void, Never>?
    var wakeOwing: AsyncStream<Void>.Continuation?
    /// A person has agreed to what a holding shard would append.
    var agreed = false
    /// A person has agreed to the log as it is now, also without its head.
    var takesLogAsItIs = false
    /// Grows with each stop until the shard is live again.
    var retry = Limits.retryFirst
    var checkedHold = false
    var claimedAt = Timestamp(milliseconds: 0)
    /// Of a restore that is under way, and of the last one that ended.
    var progress: RestoreProgress?
    var restored: RestoreProgress?
    /// What is folded anew beside this shard.
    var rebuild: ShardRebuild<Logic>?
    /// The snapshot that the file was begun with.
    var adopted: Snapshot?
    var copying: Task<Void, Never>?
    /// Another file is being put in the place of this one: nothing may open it, or begin to.
    var isExchanging = false
    /// Passes of `pay` whose records Kafka has not taken yet.
    var appending = 0
    var copiedAt: ContinuousClock.Instant?
    /// Records in the newest snapshot, as far as is known here.
    var snapshotted: Int64?
    /// The record folded last of each kept topic; none of it at the log's start.
    var last: [Topic: LogCheck.Expected] = [:]
    /// The same as of the last check of the log, or of becoming live, and as of the check under way.
    var checked: [Topic: LogCheck.Expected] = [:]
    var checking: [Topic: LogCheck.Expected] = [:]
    /// What halted it; nil for what is no trouble of the log.
    var trouble: LogTrouble.Kind?
    /// What it owes, as of the last look.
    var owed = Owed()
    /// When the records folded last were appended, in milliseconds since 1970.
    var folded: [Topic: Int64] = [:]
    private let foldTimer = Metrics.Timer(label: "dc_fold")

    init(pool: ShardPool<Logic>, partition: Int32, member: (any LogMember)?, shadow: Shadow? = nil) {
        self.pool = pool
        self.partition = partition
        self.member = member
        self.shadow = shadow
        logic = shadow == nil ? pool.logic : pool.logic.apart
        var logger = pool.logger
        logger[metadataKey: "shard"] = "\(partition)"
        if let shadow { logger[metadataKey: "beside"] = "\(shadow.suffix)" }
        self.logger = logger
    }

    var names: TopicNames { pool.settings.names }
    var time: any LoopTime { pool.settings.time }
    var disk: any LoopDisk { pool.settings.disk }

    func place(_ topic: Topic) -> TopicPartition {
        TopicPartition(topic: names.name(topic), partition: partition)
    }

    // MARK: Start and end

    func launch() {
        guard phase != .closed else { return }
        lifecycle?.cancel()
        lifecycle = Task { await self.restoreUntilStarted() }
    }

    func close() async {
        phase = .closed
        lifecycle?.cancel()
        owing?.cancel()
        // Not waited for: a copy that was made whole is of use to whoever has the shard next.
        copying?.cancel()
        wakeOwing?.finish()
        shard?.close(ShardUnavailable(.closed))
        shard = nil
        started = false
        await lifecycle?.value
        await rebuild?.end()
        rebuild = nil
        await closeFile()
    }

    func closeFile() async {
        guard let file else { return }
        self.file = nil
        await file.close()
    }

    /// Halted: the log is not the one that was folded.
    func halt(_ trouble: LogTrouble) async {
        if case .halted = phase { return }
        self.trouble = trouble.kind
        await halt(why: "\(trouble)".replacing("{shard}", with: "\(partition)"))
        pool.troubled.yield((partition, trouble))
    }

    func halt(why: String) async {
        logger.error("shard halted", metadata: ["trouble": "\(why)"])
        await leave(.halted(why))
    }

    /// Stopped: nothing is wrong with the log; again from the file's positions after a back-off.
    func stop(_ error: any Error) async {
        guard phase != .closed, !isExchanging else { return }
        let delay = retry
        retry = min(retry * 2, Limits.retryMost)
        logger.error("shard stopped, will retry", metadata: ["error": "\(error)"])
        await leave(.stopped("\(error)"))
        // Opened again: what a restart finds is what counts, also of damage.
        if (error as? DatabaseError)?.isDamage == true { await closeFile() }
        lifecycle?.cancel()
        lifecycle = Task {
            try? await self.time.sleep(for: delay)
            if !Task.isCancelled { await self.restoreUntilStarted() }
        }
    }

    func leave(_ phase: Phase) async {
        guard self.phase != .closed else { return }
        self.phase = phase
        started = false
        verifying = []
        (checked, checking) = ([:], [:])
        owing?.cancel()
        let reason: ShardUnavailable =
            switch phase {
            case .halted(let why): ShardUnavailable(.halted(why))
            default: ShardUnavailable(.restoring)
            }
        pool.serve(partition, self, .failure(reason))
        shard?.close(reason)
        shard = nil
        // Not assigned any more: the release is on its way.
        try? await member?.stop(partition: partition)
    }

    func resume() {
        // Opened after it in any case; a trouble that is still there is found again.
        guard !isExchanging else { return }
        switch phase {
        case .halted where trouble == .partitions:
            // Nothing is wrong with the file.
            phase = .opening
            trouble = nil
            pool.serve(partition, self, .failure(ShardUnavailable(.restoring)))
            launch()
        case .halted:
            // At once, so that a second resume finds nothing to do; and as the lifecycle, which a close waits for.
            phase = .opening
            trouble = nil
            (agreed, takesLogAsItIs) = (false, true)
            pool.serve(partition, self, .failure(ShardUnavailable(.restoring)))
            lifecycle = Task { await self.restoreAnew() }
        case .stopped:
            launch()
        case .holding:
            agreed = true
            phase = .live
            wakeOwing?.yield()
        default:
            break
        }
    }

    // MARK: From the loop

    func fold(_ records: [Record]) async {
        guard started, let file else { return }
        var kept: [Record] = []
        kept.reserveCapacity(records.count)
        let memory = Set(logic.feeds.filter { $0.kind == .memory }.map { names.name($0.topic) })
        for record in records {
            if memory.contains(record.topic) { observe(record) } else { kept.append(record) }
        }
        var traced: [TracedRecord] = []
        // After whoever waits has been woken: lines are written one by one.
        defer { tell(traced) }
        do {
            if !kept.isEmpty {
                let began = time.instant
                let outcome = try await file.apply(kept, verifying: verifying, tracing: phase == .live)
                guard self.file === file else { return }
                foldTimer.record(duration: time.instant - began)
                note(outcome)
                traced = outcome.traced
                shard?.noted(traced.filter { isKept($0.topic) })
            }
            guard started else { return }
            checkLive()
            shard?.moved(next)
            wakeOwing?.yield()
        } catch is CancellationError {
            return
        } catch {
            // Closed in the middle: what it says is of a file that is not the shard's any more.
            guard self.file === file else { return }
            if let trouble = error as? LogTrouble { return await halt(trouble) }
            await stop(error)
        }
    }

    private func observe(_ record: Record) {
        guard let topic = names.topic(named: record.topic) else { return }
        do {
            // Nothing of a passing record is kept, not even where a bad one stood.
            let event = try CloudEvents.event(key: record.key, value: record.value) { record.header($0) }
            logic.observe(event, at: Coordinates(topic: topic, partition: partition, offset: record.offset))
        } catch {
            Counter(label: "dc_dead_letters", dimensions: [("reason", error.reason)]).increment()
        }
    }

    func isKept(_ topic: Topic) -> Bool {
        logic.feeds.contains { $0.topic == topic && $0.kind == .kept }
    }

    // MARK: Live

    func checkLive() {
        guard phase == .restoring, started, verifying.isEmpty, targets.isEmpty, let file else { return }
        let shard = Shard(
            partition: partition, pool: file.pool, log: pool.log, positions: next, time: time, disk: disk)
        self.shard = shard
        phase = .live
        checked = last
        checkedHold = false
        takesLogAsItIs = false
        retry = Limits.retryFirst
        logger.info("shard live", metadata: ["positions": "\(next.map { "\($0.key.rawValue)=\($0.value)" }.sorted())"])
        pool.serve(partition, self, .success(shard))
        removeOlderVersions()
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        wakeOwing = wake
        owing?.cancel()
        owing = Task { for await _ in wakes { await self.pay() } }
        wake.yield()
        lifecycle = Task { await self.claim() }
    }

    func tick() async {
        guard shard != nil else { return }
        wakeOwing?.yield()
        snapshotIfDue()
        await claim()
    }
}
