import Kafka
import Logging
import Shards

/// The clients of one simulated process.
public struct SimulatedClient: LogClient {
    let log: SimulatedLog
    let process: String

    public func join(_ group: String, lead: String, instanceId: String?, sessionTimeoutMs: Int, logger: Logger) throws
        -> any LogMember
    {
        let membership = Membership(
            group: group, lead: lead, instanceId: instanceId, timeout: Int64(sessionTimeoutMs))
        return SimulatedMember(
            log: log, process: process, id: log.change { $0.addMember(membership, process: process) })
    }

    public func reader(logger: Logger) throws -> any LogReader {
        SimulatedReader(log: log, process: process, id: log.change { $0.addReader(process: process) })
    }

    public func ranges(_ partitions: [TopicPartition]) async throws -> [TopicPartition: Range<Int64>] {
        try await ask { cluster in
            var found: [TopicPartition: Range<Int64>] = [:]
            for place in partitions {
                guard let range = cluster.range(place) else {
                    throw KafkaError.simulated(3, "UNKNOWN_TOPIC_OR_PART", "there is no \(place)", retriable: true)
                }
                found[place] = range
            }
            return found
        }
    }

    public func partitionCount(_ topic: String) async throws -> Int32? {
        try await ask { [$0.topics[topic].map { Int32($0.count) }] }[0]
    }

    private func ask<T: Sendable>(_ body: (SimulatedCluster) throws -> T) async throws -> T {
        let found = try await log.first(for: process, when: { $0.isUp }) { cluster in
            cluster.isUp && !cluster.isDead(process) ? try body(cluster) : nil
        }
        guard let found else { throw CancellationError() }
        return found
    }
}

struct SimulatedMember: LogMember {
    let log: SimulatedLog
    let process: String
    let id: Int

    func next() async throws -> ConsumerEvent? {
        try await log.first(for: process, when: { [id] in $0.hasEvent(id) }) { try $0.poll(id) }
    }
    func answer() async throws { log.change { $0.answer(id) } }
    func start(_ offsets: [String: Int64], partition: Int32) async throws {
        try log.change { try $0.start(offsets, partition: partition, member: id) }
    }
    func stop(partition: Int32) async throws {
        try log.change { try $0.stop(partition: partition, member: id) }
    }
    func close() async { log.change { $0.close(id) } }
}

struct SimulatedReader: LogReader {
    let log: SimulatedLog
    let process: String
    let id: Int

    func start(_ offsets: [TopicPartition: Int64]) async throws { log.change { $0.start(offsets, client: id) } }
    func next() async throws -> ConsumerEvent? {
        try await log.first(for: process, when: { [id] in $0.hasEvent(id) }) { try $0.poll(id) }
    }
    func close() async { log.change { $0.close(id) } }
}

public struct SimulatedAppender: LogAppender {
    let log: SimulatedLog
    let process: String

    @discardableResult
    public func send(_ records: [OutgoingRecord]) async throws -> [Int64] {
        if records.isEmpty { return [] }
        try Task.checkCancellation()
        let id = log.change { $0.send(records, from: process, isPosted: false) }
        let offsets = try await log.first(for: process, when: { $0.receipts[id] != nil }) { try $0.receipt(id) }
        guard let offsets else { throw CancellationError() }
        return offsets
    }

    public func post(_ record: OutgoingRecord) {
        log.change { _ = $0.send([record], from: process, isPosted: true) }
    }

    /// Gives up what is on its way: its senders hear an error.
    func reset() { log.change { $0.recall(from: process) } }
}
