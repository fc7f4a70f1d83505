import CRdKafka
import Foundation
import Logging

extension KafkaAdmin {
    private struct Found {
        var partitions: Int32
        var replicas: Int
    }

    /// Makes the topics that are missing, and checks the others.
    /// - Parameter allowSingleReplica: take fewer replicas, for a cluster of one broker.
    /// - Throws: an error that names the topic, what is expected and what was found: another number of partitions, too
    ///   few replicas, or fewer than asked for that must be in sync.
    public func ensure(_ topics: [TopicSpecification], allowSingleReplica: Bool) async throws {
        var (found, brokers) = try metadata("ensure topics")
        let missing = topics.filter { found[$0.name] == nil }
        if !missing.isEmpty {
            try create(missing, brokers: allowSingleReplica ? brokers : .max)
            let deadline = Date.now + Double(Limits.adminMilliseconds) / 1_000
            repeat {
                (found, brokers) = try metadata("ensure topics")
                if missing.allSatisfy({ found[$0.name] != nil }) { break }
                try await Task.sleep(for: .milliseconds(50))
            } while Date.now < deadline
        }
        for topic in topics { try check(topic, found[topic.name], allowSingleReplica: allowSingleReplica) }
    }

    /// - Returns: nil if there is no such topic.
    public func partitionCount(_ topic: String) async throws -> Int32? {
        try metadata("count partitions").found[topic]?.partitions
    }

    /// Every topic of the cluster, by name; the brokers' own are left out.
    public func topics() async throws -> [TopicDescription] {
        try metadata("list topics").found.filter { !$0.key.hasPrefix("__") }.map { name, found in
            TopicDescription(name: name, partitions: found.partitions, replicas: found.replicas)
        }.sorted { $0.name < $1.name }
    }

    private func check(_ topic: TopicSpecification, _ found: Found?, allowSingleReplica: Bool) throws {
        guard let found else { throw mismatch(topic, "to exist", "nothing") }
        guard found.partitions == topic.partitions else {
            throw mismatch(topic, "\(topic.partitions) partitions", "\(found.partitions)")
        }
        if allowSingleReplica { return }
        guard found.replicas >= topic.replicationFactor else {
            throw mismatch(topic, "at least \(topic.replicationFactor) replicas", "\(found.replicas)")
        }
        guard let expected = topic.settings["min.insync.replicas"].flatMap(Int.init) else { return }
        guard let actual = try settings(topic.name)["min.insync.replicas"].flatMap(Int.init) else {
            telemetry.logger.warning(
                "The cluster does not tell min.insync.replicas", metadata: ["topic": "\(topic.name)"])
            return
        }
        guard actual >= expected else {
            throw mismatch(topic, "min.insync.replicas of at least \(expected)", "\(actual)")
        }
    }

    private func mismatch(_ topic: TopicSpecification, _ expected: String, _ found: String) -> KafkaError {
        KafkaError(
            RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "ensure topic \(topic.name)",
            reason: "topic \(topic.name): expected \(expected), found \(found)")
    }

    /// Everything there is, since asking for a topic by name makes it on some brokers.
    private func metadata(_ operation: String) throws -> (found: [String: Found], brokers: Int) {
        let rk = try client(operation)
        var pointer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(rk, 1, nil, &pointer, Limits.adminMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata = pointer?.pointee else {
            throw KafkaError(code, operation)
        }
        defer { rd_kafka_metadata_destroy(pointer) }
        var found: [String: Found] = [:]
        for index in 0..<Int(metadata.topic_cnt) {
            guard let topic = metadata.topics?[index], let name = topic.topic, topic.partition_cnt > 0 else { continue }
            let replicas = (0..<Int(topic.partition_cnt)).map { Int(topic.partitions[$0].replica_cnt) }.min()
            found[String(cString: name)] = Found(partitions: topic.partition_cnt, replicas: replicas ?? 0)
        }
        return (found, Int(metadata.broker_cnt))
    }

    private func create(_ topics: [TopicSpecification], brokers: Int) throws {
        let operation = "create topics"
        var text = [CChar](repeating: 0, count: 512)
        var requests: [OpaquePointer?] = []
        defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
        for topic in topics {
            let replicas = min(topic.replicationFactor, brokers)
            guard
                let request = rd_kafka_NewTopic_new(topic.name, topic.partitions, Int32(replicas), &text, text.count)
            else {
                throw KafkaError(
                    RD_KAFKA_RESP_ERR__INVALID_ARG, "create topic \(topic.name)", reason: String(terminated: text))
            }
            requests.append(request)
            for (name, value) in topic.settings.sorted(by: { $0.key < $1.key }) {
                // More in sync than there are would refuse every record.
                let isTooMany = name == "min.insync.replicas" && Int(value).map { $0 > replicas } == true
                rd_kafka_NewTopic_set_config(request, name, isTooMany ? String(replicas) : value)
            }
        }
        try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, operation) { rk, options, queue in
            rd_kafka_CreateTopics(rk, &requests, requests.count, options, queue)
        } result: { event in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            for index in 0..<count {
                let code = rd_kafka_topic_result_error(results?[index])
                // Another instance starts at the same time.
                if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
                throw KafkaError(
                    code,
                    "create topic \(rd_kafka_topic_result_name(results?[index]).map { String(cString: $0) } ?? "")",
                    reason: rd_kafka_topic_result_error_string(results?[index]).map { String(cString: $0) })
            }
        }
    }

    /// What a topic is set to, by the brokers' names, defaults too.
    /// - Returns: nothing if the brokers do not tell, whether they cannot or may not.
    /// - Throws: `KafkaError` if none answers in time.
    public func settings(of topic: String) async throws -> [String: String] {
        try settings(topic)
    }

    private func settings(_ topic: String) throws -> [String: String] {
        var resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
        defer { rd_kafka_ConfigResource_destroy(resource) }
        do {
            return try request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "describe topic \(topic)") { rk, options, queue in
                rd_kafka_DescribeConfigs(rk, &resource, 1, options, queue)
            } result: { event in
                var count = 0
                let resources = rd_kafka_DescribeConfigs_result_resources(
                    rd_kafka_event_DescribeConfigs_result(event), &count)
                guard count > 0, let first = resources?[0] else { return [:] }
                return Self.settings(of: first)
            }
        } catch let error as KafkaError where error.code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE.rawValue {
            return [:]
        }
    }

    private static func settings(of resource: OpaquePointer) -> [String: String] {
        var count = 0
        let configs = rd_kafka_ConfigResource_configs(resource, &count)
        var settings: [String: String] = [:]
        for index in 0..<count {
            guard let entry = configs?[index], let value = rd_kafka_ConfigEntry_value(entry) else { continue }
            settings[String(cString: rd_kafka_ConfigEntry_name(entry))] = String(cString: value)
        }
        return settings
    }
}
