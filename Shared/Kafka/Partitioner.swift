/// Kafka's Java client's partitioner, so that any client that hashes the same key meets our records in one partition.
///
/// librdkafka's own default (CRC32) gives other partitions, so the partition is computed here and set on every record.
public enum Partitioner {
    /// The 32-bit murmur2 of Kafka's Java client.
    public static func murmur2(_ bytes: some Collection<UInt8>) -> Int32 {
        let multiplier: UInt32 = 0x5bd1_e995
        var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        var word: UInt32 = 0
        var filled: UInt32 = 0
        for byte in bytes {
            word |= UInt32(byte) << (8 * filled)
            filled += 1
            guard filled == 4 else { continue }
            word = word &* multiplier
            word ^= word >> 24
            hash = (hash &* multiplier) ^ (word &* multiplier)
            word = 0
            filled = 0
        }
        if filled > 0 {
            hash = (hash ^ word) &* multiplier
        }
        hash ^= hash >> 13
        hash = hash &* multiplier
        hash ^= hash >> 15
        return Int32(bitPattern: hash)
    }

    /// The partition (`0..<count`) of `key`, hashed as UTF-8.
    public static func partition(_ key: String, of count: Int32) -> Int32 {
        (murmur2(key.utf8) & 0x7fff_ffff) % count
    }
}
