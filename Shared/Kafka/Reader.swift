import CRdKafka
import Logging

/// Reads partitions from given offsets, without a group: for restoring, replay and what every instance reads.
///
/// Its executor is a thread of its own, as the consumer's. For offsets of a time, ask `KafkaAdmin.offsets(_:at:)`.
public actor KafkaReader {
    private nonisolated let thread: PollThread
    private nonisolated let handle: Handle
    private let intake: Intake
    private var fatal: KafkaError?
    private var isClosed = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    public init(configuration: KafkaConfiguration, logger: Logger) throws {
        let handle = try Handle(
            RD_KAFKA_CONSUMER,
            [
                // librdkafka assigns only with a group's name; it is never joined, and nothing is committed to it.
                "group.id": "\(configuration.clientId)-reader"
            ], configuration,
            events: RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS)
        self.handle = handle
        thread = PollThread(name: "kafka-reader") { handle.wake() }
        intake = Intake(handle, Telemetry(logger: logger, client: configuration.clientId, kind: "reader"))
    }

    deinit {
        thread.stop()
    }

    /// Starts partitions at the given offsets (0 or more, `Offset.beginning` or `Offset.end`). A running one starts
    /// again there, and nothing of before comes any more.
    public func start(_ offsets: [TopicPartition: Int64]) throws {
        if isClosed { throw KafkaError.closed("start") }
        try stop(Array(offsets.keys))
        try intake.assign(offsets)
    }

    /// Partitions that do not run are passed over.
    public func stop(_ partitions: [TopicPartition]) throws {
        let running = Set(partitions).compactMap { intake.runs[$0] }
        if !isClosed && !running.isEmpty { try intake.unassign(running) }
    }

    /// Waits for the next event: records, `reachedEnd`, `fault` or `connectionLost`; for one task at a time.
    /// - Returns: nil once closed, or when the task is cancelled.
    public func next() async throws -> ConsumerEvent? {
        let thread = thread
        let handle = handle
        return try await withTaskCancellationHandler {
            while !isClosed && !Task.isCancelled {
                if let fatal { throw fatal }
                switch intake.next(Limits.pollMilliseconds, mayWait: { !thread.hasJobs && !Task.isCancelled }) {
                case .records(let records): return .records(records)
                case .end(let run, let offset): return .reachedEnd(run.partition, offset)
                case .fault(let run, let error): return .fault(run.partition, error)
                case .connectionLost(let error): return .connectionLost(error)
                case .fatal(let error): fatal = error
                case .rebalance: break
                case nil: await Task.yield()
                }
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

    /// Comes back within some seconds, whatever state the cluster is in.
    public func close() async {
        guard !isClosed else { return }
        isClosed = true
        if !handle.destroy(flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) {
            intake.telemetry.logger.warning("Left a reader behind: librdkafka hangs in destroying it")
        }
    }
}
