import Logging

public actor KafkaConsumer {
    public init(
        configuration: KafkaConfiguration, group: String, instanceId: String?, lead: String,
        sessionTimeoutMs: Int = 10_000, logger: Logger
    ) throws {}
    public func next() async throws -> ConsumerEvent? { nil }
    public nonisolated var events: ConsumerEvents { ConsumerEvents(source: { try await self.next() }) }
    public func answer() throws {}
    public func start(_ offsets: [String: Int64], partition: Int32) throws {}
    public func stop(partition: Int32) throws {}
    public func commit(_ offsets: [TopicPartition: Int64]) throws {}
    public func close() async {}
}
