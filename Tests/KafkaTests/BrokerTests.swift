import CRdKafka
import Foundation
import Kafka
import TestKit
import Testing

/// On the local broker, in a process of its own.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct BrokerTests {
    private let topic = TopicSpecification(
        name: "t", partitions: 3, replicationFactor: 3,
        settings: ["retention.ms": "-1", "min.insync.replicas": "2", "cleanup.policy": "delete"])

    private func admin(_ broker: LocalBroker) throws -> KafkaAdmin {
        try KafkaAdmin(configuration: broker.configuration, logger: quiet)
    }

    @Test func ensuresOrRefuses() async throws {
        let broker = try await LocalBroker()
        let admin = try admin(broker)
        #expect(try await admin.partitionCount("t") == nil)
        try await admin.ensure([topic], allowSingleReplica: true)
        #expect(try await admin.partitionCount("t") == 3)
        let settings = try await admin.settings(of: "t")
        #expect(settings["retention.ms"] == "-1", "as it was made")
        #expect(settings["message.timestamp.type"] == "CreateTime", "and what nobody has set")
        #expect(try await admin.settings(of: "nobody's").isEmpty)
        try await admin.ensure([topic], allowSingleReplica: true)
        var other = topic
        other.partitions = 4
        await #expect {
            try await admin.ensure([other], allowSingleReplica: true)
        } throws: {
            "\($0)".contains("topic t: expected 4 partitions, found 3")
        }
        await #expect {
            try await admin.ensure([topic], allowSingleReplica: false)
        } throws: {
            "\($0)".contains("topic t: expected at least 3 replicas, found 1")
        }
        await admin.close()
        await #expect(throws: KafkaError.self) { try await admin.partitionCount("t") }
    }

    @Test func offsetsTimesAndDeletion() async throws {
        let broker = try await LocalBroker()
        let admin = try admin(broker)
        try await admin.ensure([topic], allowSingleReplica: true)
        let producer = try KafkaProducer(configuration: broker.configuration, kind: .kept, logger: quiet)
        for number in Int64(1)...10 {
            _ = try await producer.send(
                OutgoingRecord(
                    topic: "t", partition: 1, key: [1], value: number == 5 ? nil : [],
                    timestamp: 1_700_000_000_000 + number * 1_000))
        }
        _ = await producer.close(timeout: .seconds(10))
        let partitions = [TopicPartition("t", 0), TopicPartition("t", 1)]
        #expect(try await admin.offsets(partitions) == [partitions[0]: 0..<0, partitions[1]: 0..<10])
        let at = try await admin.offsets(partitions, at: 1_700_000_004_500)
        #expect(at == [partitions[0]: 0, partitions[1]: 4])
        let records = try await read(broker.configuration, at, count: 6)
        #expect(records.map(\.offset) == Array(4..<10))
        #expect(records[0].value == nil)
        #expect(records[1].value?.isEmpty == true)
        #expect(records[0].timestamp == 1_700_000_005_000)
        try await admin.deleteRecords(before: [partitions[1]: 3])
        #expect(try await admin.offsets(partitions)[partitions[1]] == 3..<10)
        await admin.close()
    }

    @Test("one static member: lead and follow, described, restarted")
    func group() async throws {
        let broker = try await LocalBroker()
        let admin = try admin(broker)
        var follow = topic
        follow.name = "f"
        try await admin.ensure([topic, follow], allowSingleReplica: true)
        let producer = try KafkaProducer(configuration: broker.configuration, kind: .kept, logger: quiet)
        for name in ["t", "f"] {
            _ = try await producer.send((0..<3).flatMap { p in (0..<5).map { outgoing(name, p, "\($0)") } })
        }
        let member = try Member(broker.configuration, group: "g", topics: ["t", "f"], instanceId: "i")
        try await wait("all records") { member.recordCount == 30 }
        try await admin.commit([TopicPartition("t", 0): 5, TopicPartition("f", 0): 5], group: "g.lag")
        let asked = [TopicPartition("t", 0), TopicPartition("t", 1), TopicPartition("f", 0)]
        #expect(try await admin.committed(asked, group: "g.lag") == [asked[0]: 5, asked[2]: 5])
        #expect(try await admin.committed(asked, group: "nobody") == [:])
        #expect(try await admin.groups() == ["g", "g.lag"])
        #expect(try await admin.topics().map { "\($0.name) \($0.partitions) \($0.replicas)" } == ["f 3 1", "t 3 1"])
        #expect(try await admin.clusterId()?.isEmpty == false)
        let group = try await admin.describeGroup("g")
        #expect(group.members.map(\.instanceId) == ["i"])
        #expect(Set(group.members.flatMap(\.partitions)) == Set((0..<3).map { TopicPartition("t", $0) }))
        try await member.close()
        let again = try Member(broker.configuration, group: "g", topics: ["t", "f"], instanceId: "i")
        try await wait("all records again") { again.recordCount == 30 }
        try await again.close()
        #expect(again.foreign == 0)
        await admin.close()
        _ = await producer.close(timeout: .seconds(5))
    }

    @Test("a broker killed and started again: what is unacknowledged is sent, in order")
    func killedBroker() async throws {
        let broker = try await LocalBroker()
        let admin = try admin(broker)
        try await admin.ensure([topic], allowSingleReplica: true)
        let producer = try KafkaProducer(configuration: broker.configuration, kind: .kept, logger: quiet)
        _ = try await producer.send((0..<10).map { outgoing("t", 0, "a\($0)") })
        // Saved, so that the topic outlives the kill that follows.
        try await broker.terminate()
        try await broker.start()
        _ = try await producer.send((0..<10).map { outgoing("t", 0, "b\($0)") })
        try await broker.kill()
        let task = Task { try await producer.send((0..<10).map { outgoing("t", 0, "c\($0)") }) }
        try await broker.start()
        _ = try await task.value
        _ = try await producer.send(outgoing("t", 0, "d"))
        #expect(await producer.close(timeout: .seconds(20)) == 0)
        let end = try #require(try await admin.offsets([TopicPartition("t", 0)])[TopicPartition("t", 0)])
        let records = try await read(broker.configuration, [TopicPartition("t", 0): 0], count: end.count)
        var firsts: [String] = []
        for value in records.compactMap({ text($0.value) }) where !firsts.contains(value) { firsts.append(value) }
        // Of "b" the broker may have lost what it had not saved.
        #expect(firsts.filter { !$0.hasPrefix("b") } == (0..<10).map { "a\($0)" } + (0..<10).map { "c\($0)" } + ["d"])
        await admin.close()
    }
}
