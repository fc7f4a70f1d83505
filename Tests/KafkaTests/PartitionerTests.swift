import Kafka
import Testing

struct PartitionerTests {
    @Test(
        "as Kafka's Java client",
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ])
    func murmur2(_ key: String, _ hash: Int32) {
        #expect(Partitioner.murmur2(Array(key.utf8)) == hash)
        #expect(Partitioner.partition(key, of: 12) == (hash & 0x7fff_ffff) % 12)
    }

    @Test func emptyKeysHaveAPartitionToo() {
        #expect((0..<12).contains(Partitioner.partition("", of: 12)))
    }
}
