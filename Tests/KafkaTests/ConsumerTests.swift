import CRdKafka
import Foundation
import Kafka
import TestKit
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct ConsumerTests {
    private func fill(_ configuration: KafkaConfiguration, _ topics: [String], partitions: Int32, each: Int)
        async throws
    {
        let producer = try KafkaProducer(configuration: configuration, kind: .kept, logger: quiet)
        for topic in topics {
            _ = try await producer.send(
                (0..<partitions).flatMap { p in (0..<each).map { outgoing(topic, p, "\($0)") } })
        }
        _ = await producer.close(timeout: .seconds(10))
    }

    /// The next event, which must not be a rebalance's.
    private func events(
        _ consumer: KafkaConsumer, until isEnough: (ConsumerEvent) throws -> Bool
    ) async throws {
        while let event = try await consumer.next() {
            if try isEnough(event) { return }
        }
        throw Failure("the events ended")
    }

    private func consumer(
        _ configuration: KafkaConfiguration, group: String = "g", instanceId: String? = nil, lead: String = "lead"
    ) throws -> KafkaConsumer {
        try KafkaConsumer(
            configuration: configuration, group: group, instanceId: instanceId, lead: lead, sessionTimeoutMs: 6_000,
            logger: quiet)
    }

    private func assigned(_ consumer: KafkaConsumer) async throws -> [Int32] {
        guard case .assigned(let partitions)? = try await nextRebalance(consumer) else {
            throw Failure("not assigned")
        }
        try await consumer.answer()
        return partitions
    }

    private func nextRebalance(_ consumer: KafkaConsumer) async throws -> ConsumerEvent? {
        while let event = try await consumer.next() {
            switch event {
            // Before it shares with others a member is told that there is nothing for it yet.
            case .assigned([]): break
            case .assigned, .revoked: return event
            default: break
            }
        }
        return nil
    }

    @Test("started late, lead and follower, each from its own offset; the end is told")
    func deferredStart() async throws {
        let cluster = try MockCluster(topics: ["lead", "follow"], partitions: 2)
        try await fill(cluster.configuration, ["lead", "follow"], partitions: 2, each: 10)
        let consumer = try consumer(cluster.configuration)
        #expect(try await assigned(consumer).sorted() == [0, 1])
        try await consumer.start(["follow": 4], partition: 1)
        var got: [String: [Int64]] = [:]
        try await events(consumer) { event in
            if case .records(let records) = event {
                for r in records { got["\(r.topicPartition)", default: []].append(r.offset) }
            }
            if case .reachedEnd(let partition, let offset) = event {
                #expect(partition == TopicPartition("follow", 1))
                #expect(offset == 10)
                return true
            }
            return false
        }
        #expect(got == ["follow/1": Array(4..<10)])
        try await consumer.start(["lead": 7], partition: 1)
        try await consumer.start(["lead": Offset.end, "follow": 9], partition: 0)
        var ends: Set<TopicPartition> = []
        try await events(consumer) { event in
            if case .records(let records) = event {
                for r in records { got["\(r.topicPartition)", default: []].append(r.offset) }
            }
            if case .reachedEnd(let partition, _) = event { ends.insert(partition) }
            return ends.count == 3
        }
        #expect(got == ["follow/1": Array(4..<10), "lead/1": [7, 8, 9], "follow/0": [9]])
        await #expect(throws: KafkaError.notAssigned) { try await consumer.start(["lead": 0], partition: 5) }
        await consumer.close()
        #expect(try await consumer.next() == nil)
    }

    @Test("restarted at an earlier offset: from there on, without a record of before")
    func restart() async throws {
        let cluster = try MockCluster(topics: ["lead"], partitions: 1)
        try await fill(cluster.configuration, ["lead"], partitions: 1, each: 5_000)
        let consumer = try consumer(cluster.configuration)
        _ = try await assigned(consumer)
        for (start, restart) in [(Int64(0), Int64(3)), (2_000, 10), (100, 4_000)] {
            try await consumer.start(["lead": start], partition: 0)
            guard case .records(let before)? = try await consumer.next() else { throw Failure("no records") }
            #expect(before.first?.offset == start)
            try await consumer.start(["lead": restart], partition: 0)
            var offsets: [Int64] = []
            try await events(consumer) { event in
                if case .records(let records) = event { offsets += records.map(\.offset) }
                if case .reachedEnd = event { return true }
                return false
            }
            #expect(offsets == Array(restart..<5_000))
        }
        // Stopped: nothing more, until it is started again.
        try await consumer.start(["lead": 0], partition: 0)
        try await consumer.stop(partition: 0)
        let waiting = Task { try await consumer.next() }
        try await consumer.start(["lead": 4_999], partition: 0)
        guard case .records(let records)? = try await waiting.value else { throw Failure("no records") }
        #expect(records.map(\.offset) == [4_999])
        await consumer.close()
    }

    @Test("out of range is a fault of that partition only, until it is started again")
    func outOfRange() async throws {
        let cluster = try MockCluster(topics: ["lead"], partitions: 2)
        try await fill(cluster.configuration, ["lead"], partitions: 2, each: 3)
        let consumer = try consumer(cluster.configuration)
        _ = try await assigned(consumer)
        try await consumer.start(["lead": 1_000], partition: 0)
        try await events(consumer) { event in
            guard case .fault(let partition, let error) = event else { return false }
            #expect(partition == TopicPartition("lead", 0))
            #expect(error.code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET.rawValue)
            return true
        }
        try await consumer.start(["lead": 2], partition: 1)
        try await consumer.start(["lead": 1], partition: 0)
        var offsets: [Int32: [Int64]] = [:]
        try await events(consumer) { event in
            if case .records(let records) = event {
                for r in records { offsets[r.partition, default: []].append(r.offset) }
            }
            return offsets.values.map(\.count).reduce(0, +) == 3
        }
        #expect(offsets == [0: [1, 2], 1: [2]])
        await consumer.close()
    }

    @Test("two members join and leave, answers take their time: no record of a partition of the other's")
    func joinAndLeave() async throws {
        let cluster = try MockCluster(topics: ["lead", "follow"], partitions: 6)
        try await fill(cluster.configuration, ["lead", "follow"], partitions: 6, each: 50)
        let one = try Member(
            cluster.configuration, group: "g", topics: ["lead", "follow"], deferring: .milliseconds(300))
        try await wait("all to be read") { one.recordCount == 600 }
        let two = try Member(
            cluster.configuration, group: "g", topics: ["lead", "follow"], deferring: .milliseconds(300))
        try await wait("three each") { one.held.count == 3 && two.held.count == 3 }
        #expect(one.held.isDisjoint(with: two.held))
        try await wait("the second to read") { two.recordCount == 300 }
        try await fill(cluster.configuration, ["lead", "follow"], partitions: 6, each: 10)
        try await wait("the new records") { one.recordCount == 660 && two.recordCount == 360 }
        try await two.close()
        try await wait("the first to have all again") { one.held.count == 6 }
        try await one.close()
        #expect(one.foreign == 0)
        #expect(two.foreign == 0)
        #expect(
            one.notes.contains {
                if case .revoked(let partitions, lost: false) = $0 { partitions.count == 3 } else { false }
            })
    }

    @Test("not asked for too long: revoked as lost, then assigned again")
    func maxPoll() async throws {
        let cluster = try MockCluster(topics: ["lead"], partitions: 2)
        try await fill(cluster.configuration, ["lead"], partitions: 2, each: 3)
        var configuration = cluster.configuration
        configuration.properties["max.poll.interval.ms"] = "6000"
        configuration.properties["session.timeout.ms"] = "6000"
        let consumer = try consumer(configuration)
        #expect(try await assigned(consumer).count == 2)
        try await consumer.start(["lead": 0], partition: 0)
        // Whoever looks from outside sees the member leave; asking the member would be polling.
        try await Task.sleep(for: .seconds(7.5))
        // A start in between must not make the loss be forgotten.
        try? await consumer.start(["lead": 0], partition: 1)
        guard case .revoked(let partitions, let lost)? = try await nextRebalance(consumer) else {
            throw Failure("not revoked")
        }
        #expect(partitions.sorted() == [0, 1])
        #expect(lost)
        await #expect(throws: KafkaError.notAssigned) { try await consumer.start(["lead": 0], partition: 0) }
        try await consumer.answer()
        #expect(try await assigned(consumer).count == 2)
        await consumer.close()
    }

    @Test func cancellingEndsTheWait() async throws {
        let cluster = try MockCluster(topics: ["lead"], partitions: 1)
        let consumer = try consumer(cluster.configuration)
        let task = Task {
            var count = 0
            for try await _ in consumer.events { count += 1 }
            return count
        }
        task.cancel()
        #expect(try await task.value == 0)
        await consumer.close()
    }

    @Test(
        "closing in every phase comes back, and leaves the process alive (#4312)",
        arguments: [0, 20, 500, 2_000, 3_200])
    func closeInEachPhase(_ milliseconds: Int) async throws {
        let cluster = try MockCluster(topics: ["lead"], partitions: 4)
        let consumer = try consumer(cluster.configuration)
        let task = Task { try await consumer.next() }
        // The phases are librdkafka's, and cannot be asked for.
        try await Task.sleep(for: .milliseconds(milliseconds))
        await consumer.close()
        _ = try await task.value
        #expect(try await consumer.next() == nil)
    }

    @Test("closing between joining and the first assignment, which slow answers make long (#4312)")
    func closeWhileJoining() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for step in 0..<24 {
                group.addTask {
                    let cluster = try MockCluster(topics: ["lead"], partitions: 4)
                    await cluster.setDelay(milliseconds: 700)
                    let consumer = try consumer(cluster.configuration)
                    try await Task.sleep(for: .milliseconds(600 * step))
                    await consumer.close()
                    #expect(try await consumer.next() == nil)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func closeWithARebalanceUnansweredOrTheClusterGone() async throws {
        let cluster = try MockCluster(topics: ["lead"], partitions: 4)
        let unanswered = try consumer(cluster.configuration, group: "a")
        _ = try await nextRebalance(unanswered)
        await unanswered.close()
        let cut = try consumer(cluster.configuration, group: "b")
        _ = try await assigned(cut)
        await cluster.setUp(false)
        await cut.close()
        #expect(try await cut.next() == nil)
        let never = try consumer(cluster.configuration, group: "c")
        await never.close()
        #expect(try await never.next() == nil)
    }

    @Test("clients that come and go leave nothing behind that is touched afterwards")
    func comeAndGo() async throws {
        let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientId: "test")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let reader = try KafkaReader(configuration: configuration, logger: quiet)
                    try await reader.start([TopicPartition("t", 0): 0])
                    let waiting = Task { try await reader.next() }
                    await reader.close()
                    _ = try await waiting.value
                    let admin = try KafkaAdmin(configuration: configuration, logger: quiet)
                    await admin.close()
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func anUnreachableClusterIsTold() async throws {
        let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientId: "test")
        let consumer = try consumer(configuration)
        try await events(consumer) { event in
            if case .connectionLost = event { true } else { false }
        }
        await consumer.close()
    }
}
