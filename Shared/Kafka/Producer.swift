import Logging

public final class KafkaProducer: Sendable {
    public enum Kind: Sendable { case kept, passing }
    public init(configuration: KafkaConfiguration, kind: Kind, logger: Logger) throws {}
    @discardableResult public func send(_ record: OutgoingRecord) async throws -> Int64 { 0 }
    @discardableResult public func send(_ records: [OutgoingRecord]) async throws -> [Int64] { [] }
    public func post(_ record: OutgoingRecord) {}
    public var connectionLosses: AsyncStream<Void> { AsyncStream { _ in } }
    public func reset() async {}
    @discardableResult public func close(timeout: Duration) async -> Int { 0 }
}
