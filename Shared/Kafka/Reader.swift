import Logging

public actor KafkaReader {
    public init(configuration: KafkaConfiguration, logger: Logger) throws {}
    public func start(_ offsets: [TopicPartition: Int64]) throws {}
    public func stop(_ partitions: [TopicPartition]) throws {}
    public func next() async throws -> ConsumerEvent? { nil }
    public nonisolated var events: ConsumerEvents { ConsumerEvents(source: { try await self.next() }) }
    public func close() async {}
}
