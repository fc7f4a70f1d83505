import Kafka
import Testing

@testable import Replay

@Suite struct OpenRangesTests {
    private func record(_ partition: Int32, _ offset: Int64) -> Record {
        Record(
            topic: "t", partition: partition, offset: offset, timestamp: 0, key: nil, value: nil, headers: [])
    }

    @Test func eachPartitionHasItsOwn() {
        var open = OpenRanges([0: 5..<7, 1: 2..<3, 2: 4..<4])
        #expect(open.starts("t") == [TopicPartition("t", 0): 5, TopicPartition("t", 1): 2])
        let batch = [record(0, 4), record(0, 5), record(1, 2), record(0, 6), record(0, 7), record(1, 5), record(2, 4)]
        let wanted = batch.map { open.contains($0) }
        #expect(wanted == [false, true, true, true, false, false, false])
    }

    @Test func oneThatWasReadIsClosed() {
        var open = OpenRanges([0: 5..<7, 1: 2..<3])
        open.pass(0, next: 6)
        var isOpen = open.contains(record(0, 6))
        #expect(isOpen)
        open.pass(0, next: 7)
        isOpen = open.contains(record(0, 6))
        #expect(!isOpen && !open.isEmpty)
        isOpen = open.contains(record(1, 2))
        #expect(isOpen)
        open.pass(1, next: 9)
        #expect(open.isEmpty)
    }
}
