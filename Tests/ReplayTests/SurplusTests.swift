import Kafka
import Testing

@testable import Replay

/// What a killed run has left in the target, told by the source.
@Suite struct SurplusTests {
    private let flow = Flow(from: 1, to: 13)

    private func digest(_ text: String) -> RecordDigest {
        RecordDigest(
            Record(
                topic: "t", partition: 0, offset: 0, timestamp: 7, key: Array("k".utf8), value: Array(text.utf8),
                headers: []))
    }

    private func surplus(_ texts: [String]) -> Surplus {
        var surplus = Surplus()
        for (offset, text) in texts.enumerated() {
            surplus.add(digest(text), partition: flow.to, offset: Int64(offset))
        }
        return surplus
    }

    @Test func theFirstRecordsOfAFlowAreThere() {
        var there = surplus(["a", "b"])
        #expect(["a", "b", "c"].map { there.take(digest($0), flow) } == [true, true, false])
        #expect(there.copied == [flow: 2])
        #expect(there.left == 0 && there.stranger == nil)
    }

    @Test func flowsMeetInAnyOrder() {
        let other = Flow(from: 2, to: 13)
        var there = surplus(["x", "a", "y", "b"])
        #expect(there.take(digest("a"), flow) && there.take(digest("b"), flow))
        #expect(there.take(digest("x"), other) && there.take(digest("y"), other) && !there.take(digest("z"), other))
        #expect(there.copied == [flow: 2, other: 2])
    }

    @Test func aRecordOfTheSourceThatCameTwiceIsThereTwice() {
        var there = surplus(["a", "a"])
        #expect(["a", "a", "a"].map { there.take(digest($0), flow) } == [true, true, false])
    }

    @Test func aGapIsNoCopy() {
        var there = surplus(["a", "c"])
        for text in ["a", "b", "c"] { _ = there.take(digest(text), flow) }
        #expect(there.stranger.map { [Int64($0.partition), $0.offset] } == [13, 1])
    }

    @Test func anotherOrderIsNoCopy() {
        var there = surplus(["b", "a"])
        for text in ["a", "b"] { _ = there.take(digest(text), flow) }
        #expect(there.stranger?.offset == 0)
    }

    @Test func aStrangerIsNamed() {
        var there = surplus(["a", "new"])
        _ = there.take(digest("a"), flow)
        #expect(there.left == 1 && there.stranger?.offset == 1)
    }
}
