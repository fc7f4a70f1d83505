import Kafka
import Logging
import Shards

/// The log as one process reaches it: each call is a step, after which the process may be no more.
public struct SteppedClient: LogClient {
    private let process: SimulatedProcess
    private let inner: SimulatedClient

    public init(_ log: SimulatedLog, process: SimulatedProcess) {
        self.process = process
        inner = log.client(process: process.name)
    }

    public func join(_ group: String, lead: String, instanceId: String?, sessionTimeoutMs: Int, logger: Logger) throws
        -> any LogMember
    {
        let member = try inner.join(
            group, lead: lead, instanceId: instanceId, sessionTimeoutMs: sessionTimeoutMs, logger: logger)
        return SteppedMember(process: process, inner: member)
    }

    public func reader(logger: Logger) throws -> any LogReader {
        SteppedReader(process: process, inner: try inner.reader(logger: logger))
    }

    public func ranges(_ partitions: [TopicPartition]) async throws -> [TopicPartition: Range<Int64>] {
        try await process.call { try await inner.ranges(partitions) }
    }

    public func partitionCount(_ topic: String) async throws -> Int32? {
        try await process.call { try await inner.partitionCount(topic) }
    }
}

private struct SteppedMember: LogMember {
    let process: SimulatedProcess
    let inner: any LogMember

    func next() async throws -> ConsumerEvent? { try await process.call { try await inner.next() } }
    func answer() async throws { try await process.call { try await inner.answer() } }
    func start(_ offsets: [String: Int64], partition: Int32) async throws {
        try await process.call { try await inner.start(offsets, partition: partition) }
    }
    func stop(partition: Int32) async throws { try await process.call { try await inner.stop(partition: partition) } }
    func close() async { await process.call { await inner.close() } }
}

private struct SteppedReader: LogReader {
    let process: SimulatedProcess
    let inner: any LogReader

    func start(_ offsets: [TopicPartition: Int64]) async throws {
        try await process.call { try await inner.start(offsets) }
    }
    func next() async throws -> ConsumerEvent? { try await process.call { try await inner.next() } }
    func close() async { await process.call { await inner.close() } }
}

public struct SteppedAppender: LogAppender {
    private let process: SimulatedProcess
    private let inner: SimulatedAppender

    public init(_ log: SimulatedLog, process: SimulatedProcess) {
        self.process = process
        inner = log.appender(process: process.name)
    }

    @discardableResult
    public func send(_ records: [OutgoingRecord]) async throws -> [Int64] {
        try await process.call { try await inner.send(records) }
    }

    public func post(_ record: OutgoingRecord) { inner.post(record) }

    /// As `KafkaProducer.reset`.
    public func reset() async { await process.call { inner.reset() } }
}

extension SimulatedProcess {
    fileprivate func call<T>(_ body: () async throws -> T) async rethrows -> T {
        await step()
        let answer: T
        do { answer = try await body() } catch {
            await end()
            throw error
        }
        await end()
        return answer
    }
}
