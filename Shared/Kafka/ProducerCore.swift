import CRdKafka
import Foundation
import Logging
import Synchronization

/// What `KafkaProducer` and its thread share. Callers hand records to librdkafka themselves, under the lock; the
/// thread waits for reports, replaces the producer and closes it.
final class ProducerCore: Sendable {
    enum Replacement {
        /// librdkafka's producer can do nothing more: all that is open goes to the next one.
        case resend
        /// Asked for: what is numbered below is given up.
        case reset(before: Int)
    }

    struct State {
        var handle: Handle
        var sender: Sender
        var window = SendWindow()
        /// Posts to topics that are not known yet.
        var parked: [OutgoingRecord] = []
        var unknownTopics: Set<String> = []
        var replacement: Replacement?
        var resetWaiters: [CheckedContinuation<Void, Never>] = []
        var closing: ContinuousClock.Instant?
        var closeWaiters: [CheckedContinuation<Int, Never>] = []
        /// Set once closed.
        var leftOver: Int?
        var losses: [UUID: AsyncStream<Void>.Continuation] = [:]
        /// A loss is told if something was handed to librdkafka since the last one, or somebody expects it: a client that
        /// was put in place of another while the broker is away would tell of a loss with each attempt to connect.
        var expectsLoss = false
    }

    let kind: KafkaProducer.Kind
    let telemetry: Telemetry
    let configuration: KafkaConfiguration
    let state: Mutex<State>

    init(_ configuration: KafkaConfiguration, _ kind: KafkaProducer.Kind, _ logger: Logger) throws {
        self.kind = kind
        self.configuration = configuration
        telemetry = Telemetry(logger: logger, client: configuration.clientId, kind: "producer-\(kind)")
        let handle = try Self.makeHandle(configuration, kind)
        state = Mutex(State(handle: handle, sender: Sender(handle)))
    }

    static func makeHandle(_ configuration: KafkaConfiguration, _ kind: KafkaProducer.Kind) throws -> Handle {
        let events = RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS
        return switch kind {
        case .kept:
            try Handle(
                RD_KAFKA_PRODUCER,
                [
                    "enable.idempotence": "true",
                    "acks": "all",
                    // What reaches a partition is then always a prefix of what was sent to it.
                    "max.in.flight.requests.per.connection": "1",
                    "message.timeout.ms": "0",
                    "linger.ms": "0",
                    "queue.buffering.max.messages": String(Limits.producerQueueRecords),
                ], configuration, events: events)
        case .passing:
            try Handle(
                RD_KAFKA_PRODUCER,
                [
                    "acks": "1",
                    "max.in.flight.requests.per.connection": "1",
                    "message.timeout.ms": String(Limits.passingTimeoutMilliseconds),
                    "linger.ms": "0",
                    "queue.buffering.max.messages": String(Limits.producerQueueRecords),
                ], configuration, events: events)
        }
    }

    // MARK: called by anybody

    func begin(_ records: [OutgoingRecord]) throws -> Int {
        let (batch, handle) = try state.withLock { state in
            if state.closing != nil { throw KafkaError.closed("send") }
            let isBehind = !state.window.isFed
            let batch = state.window.append(records)
            if !isBehind { feed(&state) }
            return (batch, needsThread(state) ? state.handle : nil)
        }
        handle?.wake()
        return batch
    }

    func wait(_ batch: Int, _ continuation: CheckedContinuation<[Int64], any Error>) {
        state.withLock { state in
            state.window.wait(batch, continuation)
            state.window.trim()
        }
    }

    func cancel(_ batch: Int) {
        state.withLock { state in
            state.window.cancel(batch)
            state.window.trim()
        }
    }

    func post(_ record: OutgoingRecord) {
        let (isDropped, handle) = state.withLock { state in
            if state.closing != nil || state.replacement != nil { return (true, nil as Handle?) }
            state.expectsLoss = true
            if !state.sender.knows(record.topic) {
                if state.parked.count == Limits.parkedPosts { return (true, nil) }
                state.parked.append(record)
                state.unknownTopics.insert(record.topic)
                return (false, state.handle)
            }
            guard case .accepted = state.sender.produce(record, tag: 0) else { return (true, nil) }
            return (false, nil)
        }
        if isDropped { telemetry.count("kafka_client_dropped_total") }
        handle?.wake()
    }

    func expectLoss() {
        state.withLock { $0.expectsLoss = true }
    }

    func connectionLosses() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = UUID()
        let isOpen = state.withLock { state in
            if state.leftOver == nil { state.losses[id] = continuation }
            return state.leftOver == nil
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.losses.removeValue(forKey: id) }
        }
        if !isOpen { continuation.finish() }
        return stream
    }

    func reset(_ continuation: CheckedContinuation<Void, Never>) {
        let handle = state.withLock { state -> Handle? in
            if state.leftOver != nil {
                continuation.resume()
                return nil
            }
            state.resetWaiters.append(continuation)
            state.replacement = .reset(before: state.window.nextSequence)
            return state.handle
        }
        handle?.wake()
    }

    func close(timeout: Duration, _ continuation: CheckedContinuation<Int, Never>?) {
        let handle = state.withLock { state -> Handle? in
            if let leftOver = state.leftOver {
                continuation?.resume(returning: leftOver)
                return nil
            }
            let deadline = ContinuousClock.now + timeout
            state.closing = min(state.closing ?? deadline, deadline)
            if let continuation { state.closeWaiters.append(continuation) }
            return state.handle
        }
        handle?.wake()
    }

    // MARK: under the lock

    private func needsThread(_ state: State) -> Bool {
        state.replacement != nil || !state.unknownTopics.isEmpty || state.closing != nil
    }

    /// Something for the thread to do before it waits for reports.
    func hasWork() -> Bool { state.withLock { needsThread($0) } }

    /// Hands over what waits, in order, as far as it goes.
    func feed(_ state: inout State) {
        guard state.replacement == nil, !state.window.isFed else { return }
        let sender = state.sender
        let isPassing = kind == .passing
        var unknownTopic: String?
        var isFatal = false
        var hasHandedOver = false
        state.window.feed { record, sequence, batch in
            switch sender.produce(record, tag: sequence) {
            case .accepted:
                hasHandedOver = true
                return true
            case .full:
                guard isPassing else { return false }
                let error = KafkaError(RD_KAFKA_RESP_ERR__QUEUE_FULL, "send \(record.topic)/\(record.partition)")
                batch.report(sequence - batch.first, .failure(error))
                return true
            case .unknownTopic:
                unknownTopic = record.topic
                return false
            case .refused(let error):
                batch.report(sequence - batch.first, .failure(error))
                return true
            case .fatal:
                isFatal = true
                return false
            }
        }
        if hasHandedOver { state.expectsLoss = true }
        if let unknownTopic { state.unknownTopics.insert(unknownTopic) }
        if isFatal { state.replacement = .resend }
    }
}
