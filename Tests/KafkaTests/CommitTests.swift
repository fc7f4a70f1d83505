import CRdKafka
import Kafka
import Testing
import TestKit

/// Commits for lag tools, of a group that nobody joins.
@Suite struct CommitTests {
    /// The administrator's request for it aborts the whole process here (librdkafka 2.0.2, `eonce->refcnt > 0`).
    @Test func connectionsThatBreakUnderACommit() async throws {
        let cluster = try MockCluster(topics: ["t"], partitions: 1)
        let admin = try KafkaAdmin(configuration: cluster.configuration, logger: quiet)
        let place = TopicPartition("t", 0)
        try await admin.commit([place: 1], group: "g.lag")
        for offset in 2..<5 as Range<Int64> {
            await cluster.fail(.offsetCommit, with: [RD_KAFKA_RESP_ERR__TRANSPORT.rawValue])
            // Whether it is told so or tries again by itself is librdkafka's matter.
            try? await admin.commit([place: offset], group: "g.lag")
        }
        await cluster.clearFailures(.offsetCommit)
        try await admin.commit([place: 5], group: "g.lag")
        #expect(try committed("g.lag", place, cluster.configuration) == 5)
        await admin.close()
    }

    /// As any tool asks for it.
    private func committed(
        _ group: String, _ place: TopicPartition, _ configuration: KafkaConfiguration
    ) throws -> Int64 {
        let conf = rd_kafka_conf_new()
        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in [("bootstrap.servers", configuration.bootstrapServers), ("group.id", group)] {
            rd_kafka_conf_set(conf, name, value, &text, text.count)
        }
        let rk = try #require(rd_kafka_new(RD_KAFKA_CONSUMER, conf, &text, text.count))
        defer { rd_kafka_destroy(rk) }
        let list = rd_kafka_topic_partition_list_new(1)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, place.topic, place.partition)
        #expect(rd_kafka_committed(rk, list, 20_000) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return try #require(list?.pointee.elems?[0].offset)
    }
}
