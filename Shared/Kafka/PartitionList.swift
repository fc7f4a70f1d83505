import CRdKafka

/// An `rd_kafka_topic_partition_list_t` for the time of one call.
enum PartitionList {
    static func with<T>(
        _ offsets: some Collection<(key: TopicPartition, value: Int64)>,
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) throws -> T
    ) rethrows -> T {
        let list = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (partition, offset) in offsets {
            rd_kafka_topic_partition_list_add(list, partition.topic, partition.partition)?.pointee.offset = offset
        }
        return try body(list)
    }

    static func read(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?
    ) -> [(partition: TopicPartition, offset: Int64, error: rd_kafka_resp_err_t)] {
        guard let list, let elements = list.pointee.elems else { return [] }
        return (0..<Int(list.pointee.cnt)).map { index in
            let element = elements[index]
            let topic = element.topic.map { String(cString: $0) } ?? ""
            return (TopicPartition(topic, element.partition), element.offset, element.err)
        }
    }
}
