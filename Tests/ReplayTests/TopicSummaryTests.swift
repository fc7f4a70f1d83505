import Contracts
import Kafka
import Testing

@testable import Replay

/// What verification compares.
@Suite struct TopicSummaryTests {
    /// Records (dealership, id) as a topic of that many partitions has them; `nil` is no event, on that partition.
    private func summary(_ rows: [(String?, String)], among partitions: Int32, deadAt: Int32 = 0) -> TopicSummary {
        var summary = TopicSummary()
        for (offset, (dealership, id)) in rows.enumerated() {
            let event = Event(
                id: id, type: "message.received", dealership: dealership ?? "-", service: "ingest", subject: nil,
                time: Timestamp(milliseconds: 1_000), data: [])
            let partition = dealership.map { Partitioner.partition($0, of: partitions) } ?? deadAt
            summary.add(
                Record(
                    topic: "t", partition: partition, offset: Int64(offset), timestamp: 1,
                    key: Array((dealership ?? "-").utf8), value: Array(id.utf8),
                    headers: dealership == nil
                        ? [] : CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) }),
                among: partitions)
        }
        return summary
    }

    private let rows: [(String?, String)] = [("a", "1"), ("b", "2"), (nil, "x"), ("a", "3"), (nil, "y"), ("b", "4")]

    @Test func onlyADealershipsOrderCounts() {
        let source = summary(rows, among: 12)
        let copy = summary([rows[4], rows[1], rows[5], rows[2], rows[0], rows[3]], among: 24, deadAt: 3)
        #expect(source == copy && source.records == 6)
        #expect(source.firstDifference(from: copy) == nil)
    }

    @Test func whatIsMissingDoubledOrSwappedDiffers() {
        let source = summary(rows, among: 12)
        #expect(source.firstDifference(from: summary(Array(rows.dropLast()), among: 24)) == "b")
        #expect(source.firstDifference(from: summary(rows + [rows[0]], among: 24)) == "a")
        let swapped = [rows[3], rows[1], rows[2], rows[0], rows[4], rows[5]]
        #expect(source.firstDifference(from: summary(swapped, among: 24)) == "a")
        #expect(source.deadLetters != summary(rows + [rows[2]], among: 24).deadLetters)
    }

    @Test func aRecordOnTheWrongPartitionOfTheCopyIsNoRecordOfItsDealership() {
        var copy = summary(rows, among: 24)
        let source = summary(rows + [("b", "5")], among: 12)
        let wrong = (Partitioner.partition("b", of: 24) + 1) % 24
        let event = Event(
            id: "5", type: "message.received", dealership: "b", service: "ingest", subject: nil,
            time: Timestamp(milliseconds: 1_000), data: [])
        copy.add(
            Record(
                topic: "t", partition: wrong, offset: 0, timestamp: 1, key: Array("b".utf8), value: Array("5".utf8),
                headers: CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) }), among: 24)
        #expect(source.firstDifference(from: copy) == "b")
    }
}
