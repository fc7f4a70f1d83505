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
    let spool: Spool
    /// Appends in order and returns when the log has all of them, with the last if it is known where it stands. May
    /// repeat what it has appended before.
    let append: @Sendable ([Event]) async throws -> AppendedRecord?
    /// The partitions whose record still stands where the log said that it does. A connection that is lost after this
    /// was called must be told by `losses`, also if nothing is appended in between.
    private let standing: @Sendable ([Int32: AppendedRecord]) async throws -> Set<Int32>
    /// Gives up what is in flight, so that a lost connection cannot let newer records pass older ones in doubt.
    private let reset: @Sendable () async -> Void
    private let losses: AsyncStream<Void>
    let now: @Sendable () -> Timestamp
    let time: any LoopTime
    let logger: Logger

    var lanes = SpoolLanes()
    var status = SpoolStatus() {
        didSet { gauge.set(status.pending) }
    }
    private let gauge = Meter(label: "dc_spool_pending")
    private var isOpen = false
    private let patience: Duration
    private let pendingLimit: Int

    /// A request that waits: for its transaction while `row` is nil, then for the log.
    struct Ticket {
        var continuation: CheckedContinuation<Kept, any Error>
        var row: Int64?
        var isImpatient = false
    }
    var tickets: [UInt64: Ticket] = [:]
    private var lastTicket: UInt64 = 0
    var queue: [(ticket: UInt64, entry: SpoolEntry)] = []
    var waitingForRow: [Int64: [UInt64]] = [:]

    var acknowledged: [(row: Int64, at: Timestamp)] = []
    /// Of each partition the last record that the log acknowledged, and which of them the file does not have yet.
    var tails: [Int32: AppendedRecord] = [:]
    var newTails: Set<Int32> = []
    var reclaim: (after: Timestamp?, spared: Set<Int32>, generation: Int)?
    /// It is being looked at what the log still has: no lane is given work meanwhile.
    private var isDoubting = true
    /// Partitions whose log has lost more than a minute.
    var lost: Set<Int32> = []
    var sweepIsDue = false

    let writerWake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let laneWake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

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

    func finish(_ ticket: UInt64, _ result: Result<Kept, any Error>) {
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
