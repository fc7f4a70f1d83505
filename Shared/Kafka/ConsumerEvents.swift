/// The events of a consumer or reader as a sequence, for one task; it ends when the consumer is closed or the task is
/// cancelled.
public struct ConsumerEvents: AsyncSequence, Sendable {
    public typealias Element = ConsumerEvent

    let source: @Sendable () async throws -> ConsumerEvent?

    public struct Iterator: AsyncIteratorProtocol {
        let source: @Sendable () async throws -> ConsumerEvent?

        public mutating func next() async throws -> ConsumerEvent? { try await source() }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(source: source) }
}
