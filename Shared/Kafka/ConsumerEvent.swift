/// What a consumer or reader tells, in one order: a batch of records never straddles a rebalance.
public enum ConsumerEvent: Sendable {
    /// One batch: waits for one record, then takes what is there, at most `Limits.batchRecords`.
    case records([Record])
    /// Lead partitions newly given by the group; none where it has nothing more to give. Must be answered before the
    /// next event is asked for.
    case assigned([Int32])
    /// Must be answered. `lost`: the group already gave them away; neither publish nor commit for them.
    case revoked([Int32], lost: Bool)
    /// All records before this offset, the partition's end at that moment, have been delivered.
    case reachedEnd(TopicPartition, Int64)
    /// Nothing more comes from this partition until it is started again (offset out of range: `_AUTO_OFFSET_RESET`).
    case fault(TopicPartition, KafkaError)
    /// Information: the client reconnects by itself.
    case connectionLost(KafkaError)
}
