import CRdKafka
import Kafka

/// What only tests do to topics: delete them, and add partitions.
public struct TestTopics: Sendable {
    private let configuration: KafkaConfiguration

    public init(_ configuration: KafkaConfiguration) { self.configuration = configuration }

    public func delete(_ topic: String) throws {
        var deletion = rd_kafka_DeleteTopic_new(topic)
        defer { rd_kafka_DeleteTopic_destroy(deletion) }
        try request("delete \(topic)") { rk, queue in
            rd_kafka_DeleteTopics(rk, &deletion, 1, nil, queue)
        } results: { event, count in
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
        }
    }

    public func addPartitions(_ topic: String, to count: Int) throws {
        var text = [CChar](repeating: 0, count: 512)
        var addition = rd_kafka_NewPartitions_new(topic, count, &text, text.count)
        defer { rd_kafka_NewPartitions_destroy(addition) }
        try request("add partitions to \(topic)") { rk, queue in
            rd_kafka_CreatePartitions(rk, &addition, 1, nil, queue)
        } results: { event, count in
            rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count)
        }
    }

    private func request(
        _ what: String, _ send: (OpaquePointer, OpaquePointer) -> Void,
        results: (OpaquePointer, inout Int) -> UnsafeMutablePointer<OpaquePointer?>?
    ) throws {
        let conf = rd_kafka_conf_new()
        var text = [CChar](repeating: 0, count: 512)
        var properties = configuration.properties
        properties["bootstrap.servers"] = configuration.bootstrapServers
        for (name, value) in properties {
            rd_kafka_conf_set(conf, name, value, &text, text.count)
        }
        guard let rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, &text, text.count) else { throw Failure("no client") }
        defer { rd_kafka_destroy(rk) }
        guard let queue = rd_kafka_queue_new(rk) else { throw Failure("no queue") }
        defer { rd_kafka_queue_destroy(queue) }
        send(rk, queue)
        guard let event = rd_kafka_queue_poll(queue, 15_000) else { throw Failure("\(what): no answer") }
        defer { rd_kafka_event_destroy(event) }
        var codes = [rd_kafka_event_error(event)]
        var count = 0
        if let found = results(event, &count) {
            codes += (0..<count).map { rd_kafka_topic_result_error(found[$0]) }
        }
        if let code = codes.first(where: { $0 != RD_KAFKA_RESP_ERR_NO_ERROR }) {
            throw Failure("\(what): \(String(cString: rd_kafka_err2str(code)))")
        }
    }
}
