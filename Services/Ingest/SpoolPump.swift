import Contracts
import Logging
import Metrics
import Shards

/// Takes messages into the spool and from there to the log.
///
/// Two parts, of which only the first answers for a promise: one writer commits whatever waits in one transaction
/// (group commit), and one lane per partition appends the rows that the spool names as pending, in order. The spool
/// is the queue: a start, a failed append and a lost connection all mean "read the pending rows again".
actor SpoolPump {
    private let spool: Spool
    /// Appends in order and returns when the log has all of them, with the last if it is known where it stands. May
    /// repeat what it has appended before.
    private let append: @Sendable ([Event]) async throws -> AppendedRecord?
    /// The partitions whose record still stands where the log said that it does. A connection that is lost after this
    /// was called must be told by `losses`, also if nothing is appended in between.
    private let standing: @Sendable ([Int32: AppendedRecord]) async throws -> Set<Int32>
    /// Gives up what is in flight, so that a lost connection cannot let newer records pass older ones in doubt.
    private let reset: @Sendable () async -> Void
    private let losses: AsyncStream<Void>
    private let now: @Sendable () -> Timestamp
    private let time: any LoopTime
    private let logger: Logger

    private var lanes = SpoolLanes()
    private var status = SpoolStatus() {
        didSet { gauge.set(status.pending) }
    }
    private let gauge = Meter(label: "dc_spool_pending")
    private var isOpen = false
    private let patience: Duration
    private let pendingLimit: Int

    /// A request that waits: for its transaction while `row` is nil, then for the log.
    private struct Ticket {
        var continuation: CheckedContinuation<Kept, any Error>
        var row: Int64?
        var isImpatient = false
    }
    private var tickets: [UInt64: Ticket] = [:]
    private var lastTicket: UInt64 = 0
    private var queue: [(ticket: UInt64, entry: SpoolEntry)] = []
    private var waitingForRow: [Int64: [UInt64]] = [:]

    private var acknowledged: [(row: Int64, at: Timestamp)] = []
    /// Of each partition the last record that the log acknowledged, and which of them the file does not have yet.
    private var tails: [Int32: AppendedRecord] = [:]
    private var newTails: Set<Int32> = []
    private var reclaim: (after: Timestamp?, spared: Set<Int32>, generation: Int)?
    /// It is being looked at what the log still has: no lane is given work meanwhile.
    private var isDoubting = true
    /// Partitions whose log has lost more than a minute.
    private var lost: Set<Int32> = []
    private var sweepIsDue = false

    private let writerWake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let laneWake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(
        spool: Spool, losses: AsyncStream<Void>, logger: Logger, patience: Duration = Limits.patience,
        pendingLimit: Int = Limits.pendingRows, now: @escaping @Sendable () -> Timestamp,
        time: any LoopTime = SystemTime(), reset: @escaping @Sendable () async -> Void,
        standing: @escaping @Sendable ([Int32: AppendedRecord]) async throws -> Set<Int32>,
        append: @escaping @Sendable ([Event]) async throws -> AppendedRecord?
    ) {
        self.spool = spool
        self.losses = losses
        self.logger = logger
        self.patience = patience
        self.pendingLimit = pendingLimit
        self.now = now
        self.time = time
        self.reset = reset
        self.standing = standing
        self.append = append
    }

    func current() -> SpoolStatus {
        var status = status
        status.waiting = tickets.count
        return status
    }

    /// For metrics: all rows, and for how many seconds the oldest of those has waited that the log lacks.
    func age() async throws -> (rows: Int, oldest: Double) {
        let (rows, oldest) = try await spool.age()
        return (rows, oldest.map { max(0, Double(now().milliseconds - $0.milliseconds) / 1_000) } ?? 0)
    }

    // MARK: Taking messages

    /// Returns once the message is in the log, or after a second of silence in the spool; it is in the spool first.
    ///
    /// - Throws: `SpoolRefusal`; nothing is promised then.
    func accept(_ entry: SpoolEntry) async throws -> Kept {
        guard isOpen else { throw SpoolRefusal.stopping }
        guard status.pending < pendingLimit else { throw SpoolRefusal.full }
        guard tickets.count < Limits.waitingRequests else { throw SpoolRefusal.busy }
        lastTicket += 1
        let ticket = lastTicket
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [patience, time] in
                // A request that was given up by its client is answered at once; its message is kept all the same.
                try? await time.sleep(for: patience)
                await self.losePatience(ticket)
            }
            defer { group.cancelAll() }
            return try await withCheckedThrowingContinuation { continuation in
                tickets[ticket] = Ticket(continuation: continuation)
                queue.append((ticket, entry))
                writerWake.continuation.yield()
            }
        }
    }

    private func losePatience(_ ticket: UInt64) {
        guard let waiting = tickets[ticket] else { return }
        guard let row = waiting.row else {
            tickets[ticket]?.isImpatient = true
            return
        }
        waitingForRow[row]?.removeAll { $0 == ticket }
        if waitingForRow[row]?.isEmpty == true { waitingForRow[row] = nil }
        finish(ticket, .success(.spool))
    }

    private func finish(_ ticket: UInt64, _ result: Result<Kept, any Error>) {
        tickets.removeValue(forKey: ticket)?.continuation.resume(with: result)
    }

    // MARK: Running

    /// Runs until `stop` returns, then waits for the log to take what is pending, but not for ever.
    func run(until stop: @escaping @Sendable () async -> Void) async throws {
        let left = try await spool.leftOver()
        for (partition, row) in left.newest { lanes.admitted(row, partition: partition) }
        status.pending = left.pending
        status.writable = true
        // The broker may have lost its tail while nobody here was connected to see it.
        let doubtful = left.lastAcknowledgement?.adding(milliseconds: -Limits.doubtfulMilliseconds)
        tails = left.tails
        if left.pending > 0 {
            logger.notice("messages of an earlier run are pending", metadata: ["count": "\(left.pending)"])
        }
        isOpen = true
        writerWake.continuation.yield()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.write() }
            group.addTask { await self.startLanes() }
            group.addTask { await self.sweep() }
            group.addTask { await self.watchLosses(doubtfulAtFirst: doubtful) }
            await stop()
            await self.drain()
            group.cancelAll()
        }
        close()
    }

    private func drain() async {
        let deadline = time.instant + Limits.drain
        while status.pending > 0 || !queue.isEmpty || !acknowledged.isEmpty, time.instant < deadline,
            !Task.isCancelled
        {
            try? await time.sleep(for: .milliseconds(20))
        }
    }

    private func close() {
        isOpen = false
        for (ticket, waiting) in tickets {
            finish(ticket, waiting.row == nil ? .failure(SpoolRefusal.stopping) : .success(.spool))
        }
        queue.removeAll()
        guard status.pending > 0 else { return }
        logger.warning("stopped with messages in the spool", metadata: ["pending": "\(status.pending)"])
    }

    // MARK: The writer

    private func write() async {
        for await _ in writerWake.stream {
            while !Task.isCancelled, let (change, group) = nextChange() { await commit(change, group) }
        }
    }

    private func nextChange() -> (SpoolChange, [UInt64])? {
        guard !queue.isEmpty || !acknowledged.isEmpty || reclaim != nil || sweepIsDue else { return nil }
        var change = SpoolChange()
        let group = queue.prefix(Limits.groupCommit)
        queue.removeFirst(group.count)
        change.entries = group.map(\.entry)
        change.acknowledged = acknowledged
        for partition in newTails { change.tails[partition] = .some(tails[partition]) }
        newTails = []
        change.reclaimAfter = reclaim?.after
        change.spared = reclaim?.spared ?? []
        change.lost = lost
        if sweepIsDue {
            change.expireBefore = now().adding(milliseconds: -Limits.keptMilliseconds)
            change.probe = true
        }
        return (change, group.map(\.ticket))
    }

    private func commit(_ change: SpoolChange, _ group: [UInt64]) async {
        let reclaimed = reclaim
        let generation = lanes.generation
        do {
            // Whoever waited for these has been answered.
            if !change.acknowledged.isEmpty { Failpoint.reach("answered") }
            let outcome = try await spool.commit(change)
            if !status.writable { logger.notice("the spool can be written again") }
            status.writable = true
            if change.probe { sweepIsDue = false }
            // A connection lost meanwhile has emptied the list and started another.
            if generation == lanes.generation { acknowledged.removeFirst(change.acknowledged.count) }
            if let pending = outcome.pending { status.pending = pending }
            for (index, admission) in outcome.admissions.enumerated() {
                admit(group[index], admission, change.entries[index])
            }
            if let reclaimed, reclaimed.generation == lanes.generation {
                (reclaim, lost) = (nil, [])
                lanes.restart()
            }
            laneWake.continuation.yield()
        } catch {
            if status.writable { logger.error("the spool cannot be written", metadata: ["error": "\(error)"]) }
            status.writable = false
            newTails.formUnion(change.tails.keys)
            for ticket in group { finish(ticket, .failure(SpoolRefusal.unwritable)) }
            // Tries again by itself, so that readiness comes back without a customer's help.
            sweepIsDue = true
            try? await time.sleep(for: Limits.backOff)
        }
    }

    private func admit(_ ticket: UInt64, _ admission: Admission, _ entry: SpoolEntry) {
        let row: Int64
        switch admission {
        case .conflict: return finish(ticket, .failure(SpoolRefusal.conflict))
        case .same(_, acknowledged: true): return finish(ticket, .success(.log))
        case .same(let known, acknowledged: false):
            // The log has it, and only the mark in the file is on its way.
            guard !lanes.hasAppended(known, partition: entry.partition) else { return finish(ticket, .success(.log)) }
            row = known
        case .new(let new):
            row = new
            status.pending += 1
            lanes.admitted(row, partition: entry.partition)
        }
        guard tickets[ticket]?.isImpatient == false else { return finish(ticket, .success(.spool)) }
        tickets[ticket]?.row = row
        waitingForRow[row, default: []].append(ticket)
    }

    private func sweep() async {
        while !Task.isCancelled {
            try? await time.sleep(for: Limits.sweep)
            sweepIsDue = true
            writerWake.continuation.yield()
        }
    }

    // MARK: The lanes

    private func startLanes() async {
        await withDiscardingTaskGroup { group in
            for await _ in laneWake.stream {
                for partition in lanes.takeIdle() { group.addTask { await self.work(partition) } }
            }
            group.cancelAll()
        }
    }

    private func work(_ partition: Int32) async {
        var failures = 0
        while !Task.isCancelled, let span = lanes.next(partition) {
            do {
                let rows = try await spool.pending(
                    partition: partition, after: span.after, through: span.through, limit: Limits.appendBatch)
                // A connection lost while the rows were read: they wait for those in doubt before them.
                guard span.generation == lanes.generation else { continue }
                if !rows.isEmpty {
                    Failpoint.reach("spooled")
                    let last = try await append(rows.map(\.event))
                    Failpoint.reach("spool-appended")
                    note(last, partition, span)
                }
                let isLast = rows.count < Limits.appendBatch
                acknowledge(rows, partition, through: isLast ? span.through : rows[rows.count - 1].row, span)
                failures = 0
            } catch is CancellationError {
                return
            } catch  where span.generation != lanes.generation {
                // Given up by the reset after a lost connection.
                continue
            } catch {
                // What is here is promised, so there is no error after which it is given up.
                failures += 1
                if failures == 1 || failures.isMultiple(of: 40) {
                    logger.warning(
                        "the log does not take messages",
                        metadata: ["partition": "\(partition)", "error": "\(error)", "failures": "\(failures)"])
                }
                try? await time.sleep(for: Limits.backOff)
            }
        }
    }

    private func note(_ last: AppendedRecord?, _ partition: Int32, _ span: SpoolLanes.Span) {
        guard span.generation == lanes.generation else { return }
        tails[partition] = last
        newTails.insert(partition)
    }

    private func acknowledge(_ rows: [SpoolRow], _ partition: Int32, through: Int64, _ span: SpoolLanes.Span) {
        guard lanes.advance(partition, through: through, span) else { return }
        let time = now()
        for row in rows {
            acknowledged.append((row.row, time))
            for ticket in waitingForRow.removeValue(forKey: row.row) ?? [] { finish(ticket, .success(.log)) }
        }
        status.pending -= rows.count
        writerWake.continuation.yield()
    }

    // MARK: Lost connections

    private func watchLosses(doubtfulAtFirst: Timestamp?) async {
        await doubt(after: doubtfulAtFirst)
        for await _ in losses {
            let lastMinute = now().adding(milliseconds: -Limits.doubtfulMilliseconds)
            let doubtful = min(lastMinute, reclaim?.after ?? lastMinute)
            lanes.suspend()
            reclaim = nil
            // They count as pending in the file, and from the next transaction on here too.
            acknowledged.removeAll()
            await reset()
            status.reclaims += 1
            await doubt(after: doubtful)
        }
    }

    /// What was acknowledged after this moment is appended again, unless the last record of its partition stands where
    /// it stood: then all before it do. Connections are lost far more often than tails, and where each loss brings a
    /// minute's messages back, a broker that is slow for being busy gets only busier.
    private func doubt(after moment: Timestamp?) async {
        isDoubting = true
        // Without an answer all is in doubt.
        let spared = (try? await standing(tails)) ?? []
        isDoubting = false
        if moment != nil {
            logger.notice(
                "after a start or a lost connection: the last minute is appended again where its end is not found",
                metadata: ["found": "\(spared.sorted())", "of": "\(tails.keys.sorted())"])
        }
        reclaim = (moment, spared, lanes.generation)
        writerWake.continuation.yield()
    }

    /// The partition of `messages` is not the one that was written to: all that is kept here is appended to it again,
    /// whoever acknowledged it. What it has already comes as a double, which every fold drops.
    func logLost(_ partition: Int32) {
        lanes.suspend()
        acknowledged.removeAll()
        lost.insert(partition)
        status.reclaims += 1
        logger.notice(
            "the log has lost records: what the spool keeps is appended again", metadata: ["shard": "\(partition)"])
        guard !isDoubting else { return }
        reclaim = (reclaim?.after, reclaim?.spared ?? [], lanes.generation)
        writerWake.continuation.yield()
    }
}
