import CRdKafka

extension KafkaAdmin {
    /// What the cluster calls itself: the id that it was made with.
    ///
    /// - Returns: nil of a broker that has none.
    /// - Throws: `KafkaError` if no broker answers in time.
    public func clusterId() async throws -> String? {
        let rk = try client("cluster id")
        // Waits for a first answer of metadata; without one there is no id either.
        guard let id = rd_kafka_clusterid(rk, Limits.adminMilliseconds) else {
            guard rd_kafka_controllerid(rk, 0) >= 0 else {
                throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "cluster id")
            }
            return nil
        }
        defer { rd_kafka_mem_free(rk, id) }
        let text = String(cString: id)
        return text.isEmpty ? nil : text
    }
}
