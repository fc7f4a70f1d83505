import CRdKafka
import Foundation

extension Record {
    /// Copies a message that librdkafka owns.
    init(_ pointer: UnsafePointer<rd_kafka_message_t>, _ partition: TopicPartition) {
        let message = pointer.pointee
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = rd_kafka_message_timestamp(pointer, &kind)
        var headers: OpaquePointer?
        let hasHeaders = rd_kafka_message_headers(pointer, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR
        self.init(
            topic: partition.topic, partition: message.partition, offset: message.offset,
            timestamp: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : time,
            storage: RecordStorage(
                key: UnsafeRawBufferPointer(start: message.key, count: message.key_len),
                value: UnsafeRawBufferPointer(start: message.payload, count: message.len),
                headerCount: hasHeaders ? rd_kafka_header_cnt(headers) : 0,
                header: { index in
                    var name: UnsafePointer<CChar>?
                    var value: UnsafeRawPointer?
                    var size = 0
                    rd_kafka_header_get_all(headers, index, &name, &value, &size)
                    return (
                        UnsafeRawBufferPointer(start: name, count: name.map { strlen($0) } ?? 0),
                        UnsafeRawBufferPointer(start: value, count: size)
                    )
                }))
    }
}
