import CRdKafka
import Foundation
import Kafka
import Logging
import Synchronization
import TestKit

let quiet: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel =
        ProcessInfo.processInfo.environment["KAFKA_TEST_LOG"].flatMap { Logger.Level(rawValue: $0) } ?? .critical
    return logger
}()

/// A value that tasks share.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: @Sendable (inout Value) -> Void) {
        mutex.withLock { value in
            var copy = value
            body(&copy)
            value = copy
        }
    }
}

func text(_ bytes: (some Sequence<UInt8>)?) -> String? {
    bytes.map { String(decoding: Array($0), as: UTF8.self) }
}

func outgoing(_ topic: String, _ partition: Int32, _ value: String) -> OutgoingRecord {
    OutgoingRecord(topic: topic, partition: partition, key: nil, value: Array(value.utf8))
}

/// Reads until it has that many records, in order of delivery.
func read(
    _ configuration: KafkaConfiguration, _ offsets: [TopicPartition: Int64], count: Int
) async throws -> [Record] {
    let reader = try KafkaReader(configuration: configuration, logger: quiet)
    try await reader.start(offsets)
    let task = Task {
        var records: [Record] = []
        while records.count < count, let event = try await reader.next() {
            if case .records(let batch) = event { records += batch }
            if case .fault(_, let error) = event { throw error }
        }
        return records
    }
    let watch = Task {
        try await Task.sleep(for: .seconds(60))
        task.cancel()
    }
    let records = try await task.value
    watch.cancel()
    await reader.close()
    return records
}

/// A member that answers rebalances, starts what it is given at the beginning, and notes what it is told.
final class Member: Sendable {
    enum Note: Equatable {
        case assigned([Int32])
        case revoked([Int32], lost: Bool)
        case record(TopicPartition, Int64)
    }

    let consumer: KafkaConsumer
    private let state = Mutex<(notes: [Note], held: Set<Int32>, foreign: Int)>(([], [], 0))
    private let task = Mutex<Task<Void, any Error>?>(nil)

    init(
        _ configuration: KafkaConfiguration, group: String, topics: [String], instanceId: String? = nil,
        sessionTimeoutMs: Int = 6_000, deferring delay: Duration = .zero
    ) throws {
        consumer = try KafkaConsumer(
            configuration: configuration, group: group, instanceId: instanceId, lead: topics[0],
            sessionTimeoutMs: sessionTimeoutMs, logger: quiet)
        let consumer = consumer
        let running = Task { [weak self] in
            while let event = try await consumer.next() {
                switch event {
                case .assigned(let partitions):
                    self?.note(.assigned(partitions))
                    try await Task.sleep(for: delay)
                    try await consumer.answer()
                    let starts = Dictionary(uniqueKeysWithValues: topics.map { ($0, Int64(0)) })
                    for partition in partitions {
                        do {
                            try await consumer.start(starts, partition: partition)
                        } catch KafkaError.notAssigned {
                            // Revoked in between, as the next event tells.
                        } catch let error as KafkaError where error.name == "_DESTROY" {
                            return
                        }
                    }
                case .revoked(let partitions, let lost):
                    try await Task.sleep(for: delay)
                    self?.note(.revoked(partitions, lost: lost))
                    try await consumer.answer()
                case .records(let records):
                    for record in records { self?.note(.record(record.topicPartition, record.offset)) }
                default: break
                }
            }
        }
        task.withLock { $0 = running }
    }

    var notes: [Note] { state.withLock { $0.notes } }
    var held: Set<Int32> { state.withLock { $0.held } }
    /// Records of partitions that the group had not given, or had taken.
    var foreign: Int { state.withLock { $0.foreign } }
    var recordCount: Int { notes.count { if case .record = $0 { true } else { false } } }

    private func note(_ note: Note) {
        state.withLock { state in
            state.notes.append(note)
            switch note {
            case .assigned(let partitions): state.held.formUnion(partitions)
            case .revoked(let partitions, _): state.held.subtract(partitions)
            case .record(let partition, _): if !state.held.contains(partition.partition) { state.foreign += 1 }
            }
        }
    }

    func close() async throws {
        await consumer.close()
        if let running = task.withLock({ $0 }) { try await running.value }
    }
}
