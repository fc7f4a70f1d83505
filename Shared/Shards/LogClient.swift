import Kafka
import Logging

/// What the loop asks of the log. Kafka is the one that services run on; tests have a simulated one, and the loop's
/// conformance suite holds every log to the same cases.
public protocol LogClient: Sendable {
    /// Joins the group at once; see `KafkaConsumer`.
    func join(_ group: String, lead: String, instanceId: String?, sessionTimeoutMs: Int, logger: Logger) throws
        -> any LogMember
    /// Reads without a group.
    func reader(logger: Logger) throws -> any LogReader
    /// From the oldest offset that the log has of each partition to after the newest.
    func ranges(_ partitions: [TopicPartition]) async throws -> [TopicPartition: Range<Int64>]
    /// - Returns: nil if there is no such topic.
    func partitionCount(_ topic: String) async throws -> Int32?
    /// Commits for a group without members, for lag tools.
    func commit(_ offsets: [TopicPartition: Int64], group: String) async throws
}

extension LogClient {
    public func commit(_ offsets: [TopicPartition: Int64], group: String) async throws {}
}

/// A member of a consumer group: records and rebalances in one order. `KafkaConsumer` says what each call promises.
public protocol LogMember: Sendable {
    func next() async throws -> ConsumerEvent?
    func answer() async throws
    func start(_ offsets: [String: Int64], partition: Int32) async throws
    func stop(partition: Int32) async throws
    func close() async
}

/// Reads partitions from given offsets. `KafkaReader` says what each call promises.
public protocol LogReader: Sendable {
    func start(_ offsets: [TopicPartition: Int64]) async throws
    func next() async throws -> ConsumerEvent?
    func close() async
}

/// Appends records. `KafkaProducer` says what each call promises.
public protocol LogAppender: Sendable {
    @discardableResult
    func send(_ records: [OutgoingRecord]) async throws -> [Int64]
    func post(_ record: OutgoingRecord)
}

extension KafkaConsumer: LogMember {}
extension KafkaReader: LogReader {}
extension KafkaProducer: LogAppender {}

/// Kafka.
public struct KafkaLogClient: LogClient {
    let configuration: KafkaConfiguration
    let admin: KafkaAdmin

    public init(_ configuration: KafkaConfiguration, admin: KafkaAdmin) {
        self.configuration = configuration
        self.admin = admin
    }

    public func join(_ group: String, lead: String, instanceId: String?, sessionTimeoutMs: Int, logger: Logger) throws
        -> any LogMember
    {
        try KafkaConsumer(
            configuration: configuration, group: group, instanceId: instanceId, lead: lead,
            sessionTimeoutMs: sessionTimeoutMs, logger: logger)
    }

    public func reader(logger: Logger) throws -> any LogReader {
        try KafkaReader(configuration: configuration, logger: logger)
    }

    public func ranges(_ partitions: [TopicPartition]) async throws -> [TopicPartition: Range<Int64>] {
        let admin = admin
        return try await leavable { try await admin.offsets(partitions) }
    }

    public func partitionCount(_ topic: String) async throws -> Int32? {
        let admin = admin
        return try await leavable { try await admin.partitionCount(topic) }
    }

    public func commit(_ offsets: [TopicPartition: Int64], group: String) async throws {
        let admin = admin
        try await leavable { try await admin.commit(offsets, group: group) }
    }
}
