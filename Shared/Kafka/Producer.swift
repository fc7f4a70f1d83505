import CRdKafka
import Dispatch
import Logging
import Synchronization

/// Sends records. Their order on a partition is the order of the calls of `send`, also when the queue was full in
/// between, and when the librdkafka producer inside went fatal and had to be replaced: what was unacknowledged is then
/// sent again, so that a record may be in the log twice.
public final class KafkaProducer: Sendable {
    public enum Kind: Sendable {
        /// Every record counts: idempotent, all replicas, never given up, a full queue suspends the caller.
        case kept
        /// Old records are of no use: given up after 3 s, a full queue drops.
        case passing
    }

    private let core: ProducerCore

    public init(configuration: KafkaConfiguration, kind: Kind, logger: Logger) throws {
        core = try ProducerCore(configuration, kind, logger)
        core.startThread()
    }

    deinit {
        core.close(timeout: .zero, nil)
    }

    /// Sends a record and waits until it is acknowledged.
    /// - Returns: its offset; -1 if it is in the log at an offset that the broker did not tell.
    /// - Throws: `KafkaError`, or `CancellationError` when the waiting task is cancelled: the record is sent all the
    ///   same, unless the task was cancelled before the call.
    @discardableResult
    public func send(_ record: OutgoingRecord) async throws -> Int64 {
        try await send([record])[0]
    }

    /// Sends a batch, with one wait for all of it: the cheap way to send many.
    /// - Returns: an offset for each.
    /// - Throws: the first error, once all reports are in: others of the batch may be in the log.
    @discardableResult
    public func send(_ records: [OutgoingRecord]) async throws -> [Int64] {
        if records.isEmpty { return [] }
        try Task.checkCancellation()
        let core = core
        let batch = try core.begin(records)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { core.wait(batch, $0) }
        } onCancel: {
            core.cancel(batch)
        }
    }

    /// Sends without waiting or telling. Dropped, and counted, when the queue is full, when the producer is being
    /// replaced, and when it is closed.
    public func post(_ record: OutgoingRecord) {
        core.post(record)
    }

    /// One element for each lost broker connection, the newest kept; a new stream with each call, ended by `close`. A
    /// connection that is lost again before anything was sent over it is not told, unless `expectLoss` asked for it.
    public var connectionLosses: AsyncStream<Void> { core.connectionLosses() }

    /// The next loss is told in any case. For a caller who is about to look what the log has of what was acknowledged
    /// earlier, also to another process: what the broker loses after that look is told by the connection alone.
    public func expectLoss() { core.expectLoss() }

    /// Gives up all that is unacknowledged now: these sends throw a retriable error, and may or may not be in the
    /// log. What is sent after this call began is sent after them. For a caller that puts its own queue back in order
    /// after a lost connection.
    public func reset() async {
        let core = core
        await withCheckedContinuation { core.reset($0) }
    }

    /// Takes no more, and waits for what it has.
    /// - Returns: the number of records that are still unacknowledged at the time-out; their sends throw.
    @discardableResult
    public func close(timeout: Duration) async -> Int {
        let core = core
        return await withCheckedContinuation { core.close(timeout: timeout, $0) }
    }
}
