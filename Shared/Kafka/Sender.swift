import CRdKafka

/// Hands records to one librdkafka producer. Lives in the producer's lock, and dies before its handle.
final class Sender {
    enum Outcome {
        case accepted
        case full
        /// The number of the topic's partitions must be known before the first record (#4628, #5032).
        case unknownTopic
        case refused(KafkaError)
        case fatal
    }

    private struct Topic {
        let pointer: OpaquePointer
        var partitions: Int32 = 0
    }

    private let handle: Handle
    private var topics: [String: Topic] = [:]
    private var latest: (name: String, topic: Topic)?
    /// Arguments of `produceva`, used again for each record.
    private let arguments: UnsafeMutableBufferPointer<rd_kafka_vu_t>

    init(_ handle: Handle) {
        self.handle = handle
        arguments = .allocate(capacity: 8)
        arguments.initialize(repeating: rd_kafka_vu_t())
    }

    deinit {
        arguments.deallocate()
        close()
    }

    /// Gives the topics back: a handle's destroy waits for ever while somebody has one.
    func close() {
        for topic in topics.values { rd_kafka_topic_destroy(topic.pointer) }
        topics = [:]
        latest = nil
    }

    func knows(_ topic: String) -> Bool { topics[topic] != nil }

    /// Says how many partitions a topic has, as the cluster told.
    func learn(_ name: String, partitions: Int32) {
        latest = nil
        if topics[name] != nil {
            topics[name]?.partitions = partitions
        } else if let pointer = rd_kafka_topic_new(handle.rk, name, nil) {
            topics[name] = Topic(pointer: pointer, partitions: partitions)
        }
    }

    /// The topic does not exist; it may be made later.
    func forget(_ name: String) {
        if let topic = topics.removeValue(forKey: name) { rd_kafka_topic_destroy(topic.pointer) }
        latest = nil
    }

    /// - Parameter tag: comes back with the report; 0 for nobody.
    func produce(_ record: borrowing OutgoingRecord, tag: Int) -> Outcome {
        if latest?.name != record.topic {
            guard let known = topics[record.topic] else { return .unknownTopic }
            latest = (record.topic, known)
        }
        guard let topic = latest?.topic else { return .unknownTopic }
        guard record.partition >= 0 && record.partition < topic.partitions else {
            return .refused(
                KafkaError(
                    RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, "send \(record.topic)/\(record.partition)",
                    reason: "the topic has \(topic.partitions) partitions"))
        }
        let code = withBytes(record.key) { key in
            withBytes(record.value) { value in
                if record.headers.isEmpty && record.timestamp == nil {
                    plain(topic.pointer, record.partition, key, value, tag)
                } else {
                    full(topic.pointer, record, key, value, tag)
                }
            }
        }
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return .accepted
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: return .full
        case RD_KAFKA_RESP_ERR__FATAL: return .fatal
        default: return .refused(KafkaError(code, "send \(record.topic)/\(record.partition)"))
        }
    }

    private func plain(
        _ topic: OpaquePointer, _ partition: Int32, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer,
        _ tag: Int
    ) -> rd_kafka_resp_err_t {
        let result = rd_kafka_produce(
            topic, partition, RD_KAFKA_MSG_F_COPY, UnsafeMutableRawPointer(mutating: value.baseAddress), value.count,
            key.baseAddress, key.count, UnsafeMutableRawPointer(bitPattern: tag))
        // The error is the thread's, and this is still the thread.
        return result == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error()
    }

    private func full(
        _ topic: OpaquePointer, _ record: borrowing OutgoingRecord, _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer, _ tag: Int
    ) -> rd_kafka_resp_err_t {
        let headers = rd_kafka_headers_new(record.headers.count)
        for header in record.headers {
            var name = header.name
            name.withUTF8 { name in
                withBytes(header.value) { value in
                    _ = name.withMemoryRebound(to: CChar.self) { name in
                        rd_kafka_header_add(headers, name.baseAddress, name.count, value.baseAddress, value.count)
                    }
                }
            }
        }
        arguments[0].vtype = RD_KAFKA_VTYPE_RKT
        arguments[0].u.rkt = topic
        arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION
        arguments[1].u.i32 = record.partition
        arguments[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
        arguments[2].u.i = RD_KAFKA_MSG_F_COPY
        arguments[3].vtype = RD_KAFKA_VTYPE_KEY
        arguments[3].u.mem.ptr = UnsafeMutableRawPointer(mutating: key.baseAddress)
        arguments[3].u.mem.size = key.count
        arguments[4].vtype = RD_KAFKA_VTYPE_VALUE
        arguments[4].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress)
        arguments[4].u.mem.size = value.count
        arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE
        arguments[5].u.ptr = UnsafeMutableRawPointer(bitPattern: tag)
        arguments[6].vtype = RD_KAFKA_VTYPE_HEADERS
        arguments[6].u.headers = headers
        var count = 7
        if let timestamp = record.timestamp {
            arguments[7].vtype = RD_KAFKA_VTYPE_TIMESTAMP
            arguments[7].u.i64 = timestamp
            count = 8
        }
        guard let error = rd_kafka_produceva(handle.rk, arguments.baseAddress, count) else {
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
        defer { rd_kafka_error_destroy(error) }
        // The headers stay the caller's when the record was refused.
        rd_kafka_headers_destroy(headers)
        return rd_kafka_error_code(error)
    }

    /// An empty array may have no address, and no address means no value.
    private func withBytes<T>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        guard let bytes else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        if bytes.isEmpty { return withUnsafeBytes(of: UInt8(0)) { body(UnsafeRawBufferPointer(rebasing: $0[0..<0])) } }
        return bytes.withUnsafeBytes(body)
    }
}
