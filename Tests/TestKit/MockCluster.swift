import CRdKafka
import Foundation
import Kafka

/// librdkafka's mock cluster in this process: in memory, with errors on demand. It evicts dead members.
public actor MockCluster {
    /// The numbers of Kafka's requests, for `fail`.
    public enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case joinGroup = 11
        case heartbeat = 12
    }

    public nonisolated let bootstrapServers: String
    private let owner: OpaquePointer
    private let cluster: OpaquePointer

    public init(topics: [String], partitions: Int32 = 4, brokers: Int32 = 1) throws {
        var text = [CChar](repeating: 0, count: 512)
        guard let owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), &text, text.count),
            let cluster = rd_kafka_mock_cluster_new(owner, brokers),
            let servers = rd_kafka_mock_cluster_bootstraps(cluster)
        else { throw Failure("no mock cluster") }
        for topic in topics { try Self.create(topic, partitions, brokers, cluster) }
        self.owner = owner
        self.cluster = cluster
        bootstrapServers = String(cString: servers)
    }

    isolated deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(owner)
    }

    public nonisolated var configuration: KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: bootstrapServers, clientId: "test")
    }

    /// Makes a topic.
    public func create(_ topic: String, partitions: Int32) throws {
        try Self.create(topic, partitions, 1, cluster)
    }

    private static func create(
        _ topic: String, _ partitions: Int32, _ replicas: Int32, _ cluster: OpaquePointer
    ) throws {
        let code = rd_kafka_mock_topic_create(cluster, topic, partitions, replicas)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw Failure("no topic \(topic): \(String(cString: rd_kafka_err2str(code)))")
        }
    }

    /// The next requests of that kind get these errors, one each; -195 (`_TRANSPORT`) disconnects.
    public func fail(_ request: Request, with codes: [Int32]) {
        rd_kafka_mock_push_request_errors_array(
            cluster, request.rawValue, codes.count, codes.map { rd_kafka_resp_err_t(rawValue: $0) })
    }

    public func clearFailures(_ request: Request) {
        rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
    }

    /// Down: clients are disconnected, and none may connect. All brokers.
    public func setUp(_ isUp: Bool) {
        _ = isUp ? rd_kafka_mock_broker_set_up(cluster, -1) : rd_kafka_mock_broker_set_down(cluster, -1)
    }

    /// Every answer comes so much later.
    public func setDelay(milliseconds: Int32) {
        _ = rd_kafka_mock_broker_set_rtt(cluster, -1, milliseconds)
    }
}

/// Something that a test needs is not there, or did not happen in time.
public struct Failure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
