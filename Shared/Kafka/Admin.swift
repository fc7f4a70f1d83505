import CRdKafka
import Foundation
import Logging

/// Topics, offsets and groups, for start-up and tools. Its executor is a thread of its own, which blocks.
public actor KafkaAdmin {
    private nonisolated let thread: PollThread
    private let handle: Handle
    private let configuration: KafkaConfiguration
    /// Of each group that is committed for.
    private var committers: [String: Handle] = [:]
    let telemetry: Telemetry
    private var isClosed = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    public init(configuration: KafkaConfiguration, logger: Logger) throws {
        self.configuration = configuration
        handle = try Handle(
            RD_KAFKA_PRODUCER, [:], configuration,
            events: RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS)
        thread = PollThread(name: "kafka-admin")
        telemetry = Telemetry(logger: logger, client: configuration.clientId, kind: "admin")
    }

    deinit {
        thread.stop()
    }

    /// Comes back within some seconds, whatever state the cluster is in.
    public func close() async {
        guard !isClosed else { return }
        isClosed = true
        for committer in committers.values { committer.destroy(flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) }
        if !handle.destroy() {
            telemetry.logger.warning("Left an admin client behind: librdkafka hangs in destroying it")
        }
    }

    /// The client, for one call; throws once closed. Serves what its log and errors have to tell.
    func client(_ operation: String) throws -> OpaquePointer {
        if isClosed { throw KafkaError.closed(operation) }
        serve(handle)
        return handle.rk
    }

    /// A consumer that never joins its group, to commit for it.
    func committer(_ group: String, _ operation: String) throws -> OpaquePointer {
        if isClosed { throw KafkaError.closed(operation) }
        if let known = committers[group] {
            serve(known)
            return known.rk
        }
        let made = try Handle(
            RD_KAFKA_CONSUMER, ["group.id": group], configuration,
            events: RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS)
        committers[group] = made
        return made.rk
    }

    private func serve(_ handle: Handle) {
        while let event = handle.poll(0, mayWait: { false }) {
            if rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR {
                telemetry.error(KafkaError(rd_kafka_event_error(event), "administer"), level: .debug)
            } else {
                telemetry.serve(event)
            }
            rd_kafka_event_destroy(event)
        }
    }

    /// Makes an admin request and waits for its result.
    func request<T>(
        _ kind: rd_kafka_admin_op_t, _ operation: String,
        send: (_ rk: OpaquePointer, _ options: OpaquePointer?, _ queue: OpaquePointer) -> Void,
        result: (_ event: OpaquePointer) throws -> T
    ) throws -> T {
        let rk = try client(operation)
        guard let queue = rd_kafka_queue_new(rk) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, operation)
        }
        defer { rd_kafka_queue_destroy(queue) }
        let options = rd_kafka_AdminOptions_new(rk, kind)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_AdminOptions_set_request_timeout(options, Limits.adminMilliseconds, nil, 0)
        send(rk, options, queue)
        // The request times out by itself; the extra second is for the report of that.
        guard let event = rd_kafka_queue_poll(queue, Limits.adminMilliseconds + 1_000) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, operation)
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(code, operation, reason: rd_kafka_event_error_string(event).map { String(cString: $0) })
        }
        return try result(event)
    }
}
