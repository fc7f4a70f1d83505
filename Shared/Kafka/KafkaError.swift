import CRdKafka

/// What went wrong, with a verdict.
public struct KafkaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// librdkafka's code: negative ones are the client's own, others the broker's.
    public let code: Int32
    /// librdkafka's name of the code, such as `_ALL_BROKERS_DOWN`.
    public let name: String
    /// For people.
    public let reason: String
    /// What was being done, such as `produce directchat.messages/3`.
    public let operation: String
    /// The same call may succeed later.
    public let isRetriable: Bool
    /// The client that gave it can do nothing more.
    public let isFatal: Bool

    public init(
        code: Int32, name: String, reason: String, operation: String, isRetriable: Bool, isFatal: Bool
    ) {
        self.code = code
        self.name = name
        self.reason = reason
        self.operation = operation
        self.isRetriable = isRetriable
        self.isFatal = isFatal
    }

    public var description: String {
        let verdict = isFatal ? ", fatal" : isRetriable ? ", retriable" : ""
        return "\(operation): \(reason) (\(name)\(verdict))"
    }

    /// Asked to start what the group does not let this member hold now (a revoke came in between).
    public static let notAssigned = KafkaError(
        RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, "start", reason: "the group has not assigned this partition here")

    /// For `catch KafkaError.notAssigned`.
    public static func ~= (expected: Self, error: any Error) -> Bool {
        (error as? Self) == expected
    }

    /// The record was in hand when the producer was reset; whether it reached the log is unknown.
    static let reset = KafkaError(
        RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, "send", reason: "the producer was reset", retriable: true)

    /// The client was closed before or during the call.
    static func closed(_ operation: String) -> KafkaError {
        KafkaError(RD_KAFKA_RESP_ERR__DESTROY, operation, reason: "the client is closed")
    }

    init(
        _ code: rd_kafka_resp_err_t, _ operation: String, reason: String? = nil, retriable: Bool? = nil,
        fatal: Bool = false
    ) {
        self.init(
            code: code.rawValue, name: String(cString: rd_kafka_err2name(code)),
            reason: reason ?? String(cString: rd_kafka_err2str(code)), operation: operation,
            isRetriable: !fatal && (retriable ?? Self.retriable.contains(code.rawValue)), isFatal: fatal)
    }

    /// Takes the error over: it is destroyed here. Nil in, nil out.
    init?(consuming error: OpaquePointer?, _ operation: String) {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        let code = rd_kafka_error_code(error)
        self.init(
            code, operation, reason: String(cString: rd_kafka_error_string(error)),
            retriable: rd_kafka_error_is_retriable(error) != 0 || Self.retriable.contains(code.rawValue),
            fatal: rd_kafka_error_is_fatal(error) != 0)
    }

    /// librdkafka tells retriable errors apart only for some of its calls; these pass by themselves.
    private static let retriable: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__QUEUE_FULL,
            RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__RETRY,
            RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_RESP_ERR__WAIT_CACHE,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
            RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
        ].map(\.rawValue))
}

extension String {
    /// What a C function wrote into a buffer of ours.
    init(terminated buffer: [CChar]) {
        self.init(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
