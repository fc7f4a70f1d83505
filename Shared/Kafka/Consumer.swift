import CRdKafka
import Foundation
import Logging

/// A member of a consumer group: joins with one topic, the lead, and starts whatever it likes under each lead
/// partition that the group gives it, at offsets of its own.
///
/// Its executor is a thread of its own, which blocks while there is nothing to tell. Records and rebalances come in
/// one order (`next`). Nothing is fetched that is not asked for: a consumer whose `next` is not called fills its
/// prefetch and stops; there is no pause, which loses records in some versions (2.1.0). One that is not asked for
/// `max.poll.interval.ms` (5 minutes) loses its partitions.
///
/// `close` it before letting go of it, or the group waits for its session time-out.
public actor KafkaConsumer {
    private nonisolated let thread: PollThread
    private nonisolated let handle: Handle
    private let intake: Intake
    private let lead: String
    private let sessionTimeout: Double
    private var held: Set<Int32> = []
    /// Delivered, and not yet answered.
    private var unanswered: Intake.Rebalance?
    /// Starts of running partitions that wait for a revoke to be answered: librdkafka would take them for the answer.
    private var deferred: [TopicPartition: Int64] = [:]
    private var hasBeenAssigned = false
    private var brokersWereDown = false
    private var fatal: KafkaError?
    private var isClosed = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Joins at once; the first partitions come as the first `.assigned`.
    /// - Parameter instanceId: makes the member static: a restart within the session time-out moves no partition, and
    ///   a stop hands over only after it.
    public init(
        configuration: KafkaConfiguration, group: String, instanceId: String?, lead: String,
        sessionTimeoutMs: Int = 10_000, logger: Logger
    ) throws {
        var configuration = configuration
        if let instanceId { configuration.properties["group.instance.id"] = instanceId }
        let handle = try Handle(
            RD_KAFKA_CONSUMER,
            [
                "group.id": group,
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": String(sessionTimeoutMs),
                "heartbeat.interval.ms": String(max(sessionTimeoutMs / 5, 100)),
            ], configuration,
            events: RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR
                | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS)
        self.handle = handle
        self.lead = lead
        sessionTimeout = Double(sessionTimeoutMs) / 1_000
        thread = PollThread(name: "kafka-consumer") { handle.wake() }
        intake = Intake(handle, Telemetry(logger: logger, client: configuration.clientId, kind: "consumer"))
        let code = PartitionList.with([TopicPartition(lead, RD_KAFKA_PARTITION_UA): 0]) {
            rd_kafka_subscribe(handle.rk, $0)
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            handle.destroy()
            thread.stop()
            throw KafkaError(code, "subscribe to \(lead)")
        }
    }

    deinit {
        thread.stop()
    }

    /// Waits for the next event; for one task at a time.
    ///
    /// Asking with a rebalance unanswered is a programming error, and stops the process: what comes after it would
    /// be of partitions whose owner is undecided.
    /// - Returns: nil once closed, or when the task is cancelled.
    /// - Throws: only what is fatal, such as being fenced by a member with the same instance id.
    public func next() async throws -> ConsumerEvent? {
        let thread = thread
        let handle = handle
        return try await withTaskCancellationHandler {
            while !isClosed && !Task.isCancelled {
                precondition(unanswered == nil, "a rebalance must be answered before the next event is asked for")
                if let fatal { throw fatal }
                let item = intake.next(Limits.pollMilliseconds) { !thread.hasJobs && !Task.isCancelled }
                if let item, let event = try tell(item) { return event }
                if item == nil { await Task.yield() }
            }
            return nil
        } onCancel: {
            handle.wake()
        }
    }

    /// `next` as a sequence.
    public nonisolated var events: ConsumerEvents {
        ConsumerEvents { try await self.next() }
    }

    private func tell(_ item: Intake.Item) throws -> ConsumerEvent? {
        switch item {
        case .records(let records): return .records(records)
        case .end(let run, let offset): return .reachedEnd(run.partition, offset)
        case .fault(let run, let error): return .fault(run.partition, error)
        case .connectionLost(let error):
            if error.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue { brokersWereDown = true }
            return .connectionLost(error)
        case .fatal(let error):
            fatal = error
            throw error
        case .rebalance(let rebalance):
            hasBeenAssigned = true
            unanswered = rebalance
            if rebalance.partitions.isEmpty {
                // Nothing to decide. That the group has answered counts all the same: a spare member is told so.
                try answer()
                return rebalance.isAssign ? .assigned([]) : nil
            }
            return rebalance.isAssign
                ? .assigned(rebalance.partitions) : .revoked(rebalance.partitions, lost: rebalance.lost)
        }
    }

    /// Lets the group go on. An assigned partition is held from here on, with nothing running under it; all that ran
    /// under a revoked one has stopped. Without anything to answer, does nothing.
    public func answer() throws {
        guard let rebalance = unanswered else { return }
        unanswered = nil
        if rebalance.isAssign {
            held.formUnion(rebalance.partitions)
            try intake.assign([:])
            return
        }
        held.subtract(rebalance.partitions)
        // Also those that were stopped or restarted while the revoke was waiting.
        let ended = intake.runs.all.filter { run in
            !held.contains(run.partition.partition) || !run.isActive || deferred[run.partition] != nil
        }
        try intake.unassign(ended)
        let starts = deferred.filter { held.contains($0.key.partition) }
        deferred = [:]
        if !starts.isEmpty { try intake.assign(starts) }
    }

    /// Starts topics under a held lead partition at the given offsets (0 or more, or `Offset.end`); the lead itself,
    /// if it is to run, is one of them. A running one starts again there, and nothing of before comes any more.
    /// - Throws: `KafkaError.notAssigned` if the partition is not held now.
    public func start(_ offsets: [String: Int64], partition: Int32) throws {
        try check(partition)
        let starts = Dictionary(
            uniqueKeysWithValues: offsets.map { (TopicPartition($0.key, partition), $0.value) })
        if try end(starts.keys.compactMap { intake.runs[$0] }, partition) {
            try intake.assign(starts)
        } else {
            deferred.merge(starts) { _, new in new }
        }
    }

    /// Stops all that runs under a partition; the group leaves it here.
    /// - Throws: `KafkaError.notAssigned` if the partition is not held now.
    public func stop(partition: Int32) throws {
        try check(partition)
        deferred = deferred.filter { $0.key.partition != partition }
        _ = try end(intake.runs.all.filter { $0.partition.partition == partition }, partition)
    }

    /// - Returns: false if that must wait until a revoke has been answered, since librdkafka would take it for the
    ///   answer, and the group would give away partitions that still run here.
    private func end(_ runs: [Run], _ partition: Int32) throws -> Bool {
        if runs.isEmpty { return true }
        for run in runs { run.isActive = false }
        intake.settle()
        try check(partition)
        let isRevoking = unanswered?.isAssign == false || intake.waitingRebalances.contains { !$0.isAssign }
        if !isRevoking { try intake.unassign(runs) }
        return !isRevoking
    }

    private func check(_ partition: Int32) throws {
        if isClosed { throw KafkaError.closed("start \(lead)/\(partition)") }
        let revoked = (intake.waitingRebalances + (unanswered.map { [$0] } ?? []))
            .contains { !$0.isAssign && $0.partitions.contains(partition) }
        guard held.contains(partition) && !revoked else { throw KafkaError.notAssigned }
    }

    /// Leaves the group (a static member stays in it until its session times out). Comes back within the session
    /// time-out and some seconds, whatever state the cluster is in.
    public func close() async {
        guard !isClosed else { return }
        isClosed = true
        let logger = intake.telemetry.logger
        answerWhileClosing()
        guard awaitFirstAssignment() else {
            logger.warning("Left a consumer to its session time-out: closing it before its first assignment aborts")
            return
        }
        let deadline = Date.now + Limits.closeSeconds
        if let error = KafkaError(consuming: rd_kafka_consumer_close_queue(handle.rk, handle.queue), "close") {
            intake.telemetry.error(error)
        }
        while rd_kafka_consumer_closed(handle.rk) == 0 && Date.now < deadline { serveWhileClosing() }
        guard rd_kafka_consumer_closed(handle.rk) != 0 else {
            logger.warning("Left a consumer to its session time-out: it did not leave its group in time")
            return
        }
        if !handle.destroy(flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) {
            logger.warning("Left a closed consumer behind: librdkafka hangs in destroying it")
        }
    }

    /// Before 2.3.0, closing between joining and the first assignment aborts the process (#4312).
    /// - Returns: false if the first assignment has not come in time.
    private func awaitFirstAssignment() -> Bool {
        guard rd_kafka_version() < 0x0203_0000 else { return true }
        let deadline = Date.now + sessionTimeout
        while !hasBeenAssigned && Date.now < deadline {
            if brokersWereDown && !isMember { return false }
            serveWhileClosing()
        }
        return hasBeenAssigned
    }

    private var isMember: Bool {
        guard let id = rd_kafka_memberid(handle.rk) else { return false }
        defer { rd_kafka_mem_free(handle.rk, id) }
        return id.pointee != 0
    }

    private func serveWhileClosing() {
        switch intake.next(100, mayWait: { true }) {
        case .rebalance(let rebalance):
            hasBeenAssigned = true
            unanswered = rebalance
            answerWhileClosing()
        case .connectionLost(let error) where error.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue:
            brokersWereDown = true
        default: break
        }
    }

    /// Close waits for ever for an answer that does not come; and nothing is started any more (#4527).
    private func answerWhileClosing() {
        deferred = [:]
        do {
            try answer()
        } catch {
            intake.telemetry.logger.debug("A rebalance was not answered while closing", metadata: ["error": "\(error)"])
        }
    }
}
