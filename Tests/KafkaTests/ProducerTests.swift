import CRdKafka
import Foundation
import Kafka
import TestKit
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct ProducerTests {
    @Test func fidelity() async throws {
        let cluster = try MockCluster(topics: ["t"])
        let producer = try KafkaProducer(configuration: cluster.configuration, kind: .kept, logger: quiet)
        let headers = [
            Header(name: "x", value: [0, 255]), Header(name: "x", value: nil), Header(name: "y", value: []),
        ]
        let sent = [
            OutgoingRecord(topic: "t", partition: 2, key: [1], value: [2], headers: headers, timestamp: 1_234_567),
            OutgoingRecord(topic: "t", partition: 2, key: [1], value: nil, headers: headers),
            OutgoingRecord(topic: "t", partition: 2, key: [], value: []),
            OutgoingRecord(topic: "t", partition: 2, key: nil, value: nil, timestamp: 0),
        ]
        #expect(try await producer.send(sent) == [0, 1, 2, 3])
        #expect(await producer.close(timeout: .seconds(10)) == 0)
        let records = try await read(cluster.configuration, [TopicPartition("t", 2): 0], count: 4)
        for (sent, got) in zip(sent, records) {
            #expect(got.key.map(Array.init) == sent.key)
            #expect(got.value.map(Array.init) == sent.value)
            #expect(got.headers == sent.headers)
            if let timestamp = sent.timestamp, timestamp > 0 { #expect(got.timestamp == timestamp) }
        }
        #expect(records.map(\.offset) == [0, 1, 2, 3])
    }

    @Test("more than the queue takes: callers wait, order stays, every report comes once")
    func fullQueue() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 1)
        var configuration = cluster.configuration
        configuration.properties["queue.buffering.max.messages"] = "50"
        let producer = try KafkaProducer(configuration: configuration, kind: .kept, logger: quiet)
        let offsets = try await producer.send((0..<1_000).map { outgoing("t", 0, "\($0)") })
        #expect(offsets == Array(0..<1_000))
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<500 { group.addTask { try await producer.send(outgoing("t", 0, "s\(number)")) } }
            let single = try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
            #expect(single == Set(1_000..<1_500))
        }
        #expect(await producer.close(timeout: .seconds(10)) == 0)
        let records = try await read(cluster.configuration, [TopicPartition("t", 0): 0], count: 1_500)
        #expect(records.prefix(1_000).map { text($0.value) } == (0..<1_000).map { "\($0)" })
    }

    @Test("retriable errors and disconnections are not the caller's concern")
    func injectedErrors() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 1)
        let producer = try KafkaProducer(configuration: cluster.configuration, kind: .kept, logger: quiet)
        _ = try await producer.send(outgoing("t", 0, "first"))
        let codes: [rd_kafka_resp_err_t] = [
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        ]
        await cluster.fail(.produce, with: codes.map(\.rawValue))
        let offsets = try await producer.send((0..<200).map { outgoing("t", 0, "\($0)") })
        #expect(offsets.count == 200)
        #expect(await producer.close(timeout: .seconds(10)) == 0)
        let records = try await read(cluster.configuration, [TopicPartition("t", 0): 0], count: 201)
        var firsts: [String] = []
        for value in records.compactMap({ text($0.value) }) where !firsts.contains(value) { firsts.append(value) }
        #expect(firsts == ["first"] + (0..<200).map { "\($0)" })
    }

    @Test("a fatal producer is replaced inside, and sends again in order")
    func fatal() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 2)
        let producer = try KafkaProducer(configuration: cluster.configuration, kind: .kept, logger: quiet)
        _ = try await producer.send(outgoing("t", 0, "first"))
        // The mock cluster does not look at sequences: it would take a later part of a batch whose first part it
        // refused, where a real broker sees that the sequence does not follow. With slow answers there are two parts at
        // most, what is handed over before the first is sent and what is handed over before it is answered; both fail.
        await cluster.setDelay(milliseconds: 200)
        await cluster.fail(
            .produce, with: Array(repeating: RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER.rawValue, count: 2))
        async let one = producer.send((0..<100).map { outgoing("t", 0, "a\($0)") })
        #expect(try await one.count == 100)
        await cluster.fail(
            .produce,
            with: [RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER]
                .map(\.rawValue))
        _ = try await producer.send((0..<100).map { outgoing("t", 0, "b\($0)") })
        await cluster.setDelay(milliseconds: 0)
        #expect(await producer.close(timeout: .seconds(10)) == 0)
        let records = try await read(cluster.configuration, [TopicPartition("t", 0): 0], count: 201)
        var firsts: [String] = []
        for value in records.compactMap({ text($0.value) }) where !firsts.contains(value) { firsts.append(value) }
        #expect(firsts == ["first"] + (0..<100).map { "a\($0)" } + (0..<100).map { "b\($0)" })
    }

    @Test func whatIsRefusedIsReportedAtOnceAndTheRestIsSent() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 2)
        let producer = try KafkaProducer(configuration: cluster.configuration, kind: .kept, logger: quiet)
        let large = OutgoingRecord(topic: "t", partition: 0, key: nil, value: [UInt8](repeating: 0, count: 3_000_000))
        await #expect(throws: KafkaError.self) {
            try await producer.send([outgoing("t", 0, "a"), large, outgoing("t", 0, "b")])
        }
        await #expect {
            // With headers: some versions free them twice (#4628).
            try await producer.send(
                OutgoingRecord(
                    topic: "t", partition: 7, key: nil, value: [1], headers: [Header(name: "h", value: [1])]))
        } throws: {
            ($0 as? KafkaError)?.reason.contains("2 partitions") == true
        }
        #expect(try await producer.send(outgoing("t", 0, "c")) == 2)
        #expect(await producer.close(timeout: .seconds(10)) == 0)
        await #expect(throws: KafkaError.self) { try await producer.send(outgoing("t", 0, "d")) }
    }

    @Test func cancellingTheWaitSendsAllTheSame() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 1)
        let producer = try KafkaProducer(configuration: cluster.configuration, kind: .kept, logger: quiet)
        _ = try await producer.send(outgoing("t", 0, "a"))
        await cluster.setDelay(milliseconds: 200)
        let isSending = Shared(false)
        let task = Task {
            isSending.change { $0 = true }
            return try await producer.send(outgoing("t", 0, "b"))
        }
        try await wait("the send to begin") { isSending.value }
        // Behind the other in the same queue, so that "b" has been taken when this is.
        async let last = producer.send(outgoing("t", 0, "c"))
        task.cancel()
        let result = await task.result
        if case .failure(let error) = result { #expect(error is CancellationError) }
        _ = try await last
        await cluster.setDelay(milliseconds: 0)
        #expect(await producer.close(timeout: .seconds(10)) == 0)
    }

    @Test("reset: what is open throws a retriable error, what comes after is sent")
    func reset() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 1)
        var configuration = cluster.configuration
        configuration.properties["queue.buffering.max.messages"] = "10"
        let producer = try KafkaProducer(configuration: configuration, kind: .kept, logger: quiet)
        _ = try await producer.send(outgoing("t", 0, "a"))
        await cluster.setUp(false)
        let errors = Shared<[any Error]>([])
        func sending(_ records: [OutgoingRecord]) -> Task<Void, Never> {
            Task {
                do {
                    _ = try await producer.send(records)
                } catch {
                    errors.change { $0.append(error) }
                }
            }
        }
        let tasks = [sending((0..<30).map { outgoing("t", 0, "lost\($0)") }), sending([outgoing("t", 0, "lost")])]
        // Whether they have begun is not known, so until the reset has hit both.
        try await wait("the reset to hit") {
            await producer.reset()
            return errors.value.count == 2
        }
        for task in tasks { await task.value }
        #expect(errors.value.allSatisfy { ($0 as? KafkaError)?.isRetriable == true })
        await cluster.setUp(true)
        #expect(try await producer.send(outgoing("t", 0, "b")) == 1)
        #expect(await producer.close(timeout: .seconds(10)) == 0)
    }

    @Test func closeTellsWhatItLeaves() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 1)
        let producer = try KafkaProducer(configuration: cluster.configuration, kind: .kept, logger: quiet)
        _ = try await producer.send(outgoing("t", 0, "a"))
        await cluster.setUp(false)
        let started = Shared(0)
        let tasks = (0..<5).map { number in
            Task {
                started.change { $0 += 1 }
                return try await producer.send(outgoing("t", 0, "\(number)"))
            }
        }
        try await wait("the sends to begin") { started.value == 5 }
        let left = await producer.close(timeout: .milliseconds(300))
        #expect(left <= 5)
        var thrown = 0
        for task in tasks { if case .failure = await task.result { thrown += 1 } }
        #expect(thrown == 5, "none was sent, and no continuation is left")
    }

    @Test func postsArriveAndLossesAreTold() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 1)
        let producer = try KafkaProducer(configuration: cluster.configuration, kind: .passing, logger: quiet)
        for number in 0..<20 { producer.post(outgoing("t", 0, "\(number)")) }
        let records = try await read(cluster.configuration, [TopicPartition("t", 0): 0], count: 20)
        #expect(records.map { text($0.value) } == (0..<20).map { "\($0)" })
        var losses = producer.connectionLosses.makeAsyncIterator()
        await cluster.setUp(false)
        #expect(await losses.next() != nil)
        _ = await producer.close(timeout: .zero)
        while await losses.next() != nil {}
    }

    /// What an earlier process sent is lost without anything being sent here.
    @Test(.timeLimit(.minutes(2))) func anExpectedLossIsToldThoughNothingWasSent() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 1)
        let producer = try KafkaProducer(configuration: cluster.configuration, kind: .kept, logger: quiet)
        var losses = producer.connectionLosses.makeAsyncIterator()
        producer.expectLoss()
        await cluster.setUp(false)
        #expect(await losses.next() != nil)
        await cluster.setUp(true)
        // Armed again, and lost again, with nothing sent in between.
        producer.expectLoss()
        await cluster.setUp(false)
        #expect(await losses.next() != nil)
        _ = await producer.close(timeout: .zero)
    }
}
