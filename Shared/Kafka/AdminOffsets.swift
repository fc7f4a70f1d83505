import CRdKafka

extension KafkaAdmin {
    /// The offsets that the log has of each partition: from the oldest to after the newest.
    public func offsets(_ partitions: [TopicPartition]) async throws -> [TopicPartition: Range<Int64>] {
        var found: [TopicPartition: Range<Int64>] = [:]
        for partition in partitions {
            try Task.checkCancellation()
            let operation = "ask for offsets of \(partition)"
            var low: Int64 = 0
            var high: Int64 = 0
            let code = rd_kafka_query_watermark_offsets(
                try client(operation), partition.topic, partition.partition, &low, &high, Limits.adminMilliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, operation) }
            found[partition] = low..<max(low, high)
        }
        return found
    }

    /// The offset of the first record at or after `time` (milliseconds since 1970); the partition's end if there is
    /// none.
    public func offsets(_ partitions: [TopicPartition], at time: Int64) async throws -> [TopicPartition: Int64] {
        let operation = "ask for offsets at \(time)"
        let rk = try client(operation)
        let times = Dictionary(partitions.map { ($0, time) }) { first, _ in first }
        var found: [TopicPartition: Int64] = [:]
        try PartitionList.with(times) { list in
            let code = rd_kafka_offsets_for_times(rk, list, Limits.adminMilliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, operation) }
            for (partition, offset, error) in PartitionList.read(list) {
                guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, "\(operation): \(partition)") }
                found[partition] = offset
            }
        }
        let ends = try await offsets(found.filter { $0.value < 0 }.map(\.key))
        return found.merging(ends.mapValues(\.upperBound)) { _, end in end }
    }

    /// Deletes what is before the given offsets.
    public func deleteRecords(before offsets: [TopicPartition: Int64]) async throws {
        try PartitionList.with(offsets) { list in
            var deletion = rd_kafka_DeleteRecords_new(list)
            defer { rd_kafka_DeleteRecords_destroy(deletion) }
            try request(RD_KAFKA_ADMIN_OP_DELETERECORDS, "delete records") { rk, options, queue in
                rd_kafka_DeleteRecords(rk, &deletion, 1, options, queue)
            } result: { event in
                let result = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))
                for (partition, _, error) in PartitionList.read(result) where error != RD_KAFKA_RESP_ERR_NO_ERROR {
                    throw KafkaError(error, "delete records of \(partition)")
                }
            }
        }
    }

    /// What a group has committed; partitions without an offset of it are left out.
    ///
    /// As a consumer of that group asks, for the reason that `commit` gives.
    public func committed(
        _ partitions: [TopicPartition], group: String
    ) async throws -> [TopicPartition: Int64] {
        let operation = "ask what \(group) has committed"
        let rk = try committer(group, operation)
        return try PartitionList.with(Dictionary(partitions.map { ($0, Offset.beginning) }) { first, _ in first }) {
            list in
            let code = rd_kafka_committed(rk, list, Limits.adminMilliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, operation) }
            var found: [TopicPartition: Int64] = [:]
            for (partition, offset, error) in PartitionList.read(list) {
                guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, "\(operation): \(partition)") }
                if offset >= 0 { found[partition] = offset }
            }
            return found
        }
    }

    /// Sets what a group without members has committed.
    ///
    /// As a consumer of that group does it: the administrator's request aborts the process in librdkafka 2.0.2 when the
    /// connection to the coordinator is lost while it is under way.
    public func commit(_ offsets: [TopicPartition: Int64], group: String) async throws {
        let operation = "commit for \(group)"
        let rk = try committer(group, operation)
        guard let queue = rd_kafka_queue_new(rk) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, operation)
        }
        defer { rd_kafka_queue_destroy(queue) }
        try PartitionList.with(offsets) { list in
            let code = rd_kafka_commit_queue(rk, list, queue, nil, nil)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, operation) }
        }
        guard let event = rd_kafka_queue_poll(queue, Limits.adminMilliseconds) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, operation)
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, operation) }
        for (partition, _, error) in PartitionList.read(rd_kafka_event_topic_partition_list(event))
        where error != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(error, "\(operation): \(partition)")
        }
    }
}
