import Contracts
import Foundation
import Kafka

@testable import LoopMember
@testable import Shards

/// Records as they would come from the log.
enum Wire {
    static let names = TopicNames()
    static let partitions: Int32 = 12
    static let partition = Partitioner.partition("demo", of: partitions)

    static func said(_ id: String, _ text: String = "hello", at offset: Int64, dealership: String = "demo")
        -> Kafka.Record
    {
        let event = Event(
            MessageReceived(conversationId: "c", clientMessageId: id, channel: .web, text: text), id: id,
            dealership: dealership, service: "ingest", time: Timestamp(milliseconds: 1_000 + offset))
        return record(event, .messages, at: offset)
    }

    static func record(_ event: Event, _ topic: Topic, at offset: Int64, change: ((inout [Header]) -> Void)? = nil)
        -> Kafka.Record
    {
        var headers = CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) }
        change?(&headers)
        return Kafka.Record(
            topic: names.name(topic), partition: partition, offset: offset, timestamp: event.time.milliseconds,
            key: Array(event.key.utf8), value: event.data, headers: headers)
    }

    static func raw(_ text: String, _ topic: Topic = .messages, at offset: Int64) -> Kafka.Record {
        Kafka.Record(
            topic: names.name(topic), partition: partition, offset: offset, timestamp: 0, key: Array("demo".utf8),
            value: Array(text.utf8), headers: [])
    }
}

/// A file in a folder of its own, gone with the test.
final class Scratch: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("shards-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func file(_ name: String = "tally", _ logic: Tally = Tally()) throws -> ShardFile<Tally> {
        try ShardFile(
            url: folder.appendingPathComponent("\(name).sqlite"), logic: logic, partition: Wire.partition,
            partitions: Wire.partitions, names: Wire.names)
    }
}
