import Kafka
import Testing

@testable import Replay

@Suite struct LandedLinesTests {
    private func line(_ value: String, timestamp: Int64? = 7) -> OutgoingRecord {
        OutgoingRecord(topic: "t", partition: 1, key: nil, value: Array(value.utf8), timestamp: timestamp)
    }

    private func landed(_ values: String...) -> LandedLines {
        LandedLines(values.enumerated().map { (Int64(100 + $0), RecordDigest(line($1))) })
    }

    /// Lines from 1 that are found, with their offsets.
    private func found(_ lines: [OutgoingRecord], in landed: LandedLines) throws -> [Int64: Int64] {
        var landed = landed
        var found: [Int64: Int64] = [:]
        for (index, record) in lines.enumerated() {
            for (line, offset) in try landed.find(record, line: Int64(index + 1)) { found[line] = offset }
        }
        return found
    }

    @Test func theFirstOnesAreThereBesideOthers() throws {
        let lines = ["a", "b", "c", "d"].map { line($0) }
        #expect(try found(lines, in: landed()) == [:])
        #expect(try found(lines, in: landed("a", "not ours", "b", "not ours")) == [1: 100, 2: 102])
        #expect(try found(lines, in: landed("not ours")) == [:])
        #expect(try found(["a", "b", "a"].map { line($0) }, in: landed("a")) == [1: 100], "the same once more")
    }

    @Test func aGapIsRefused() {
        let lines = ["a", "too large", "c", "d"].map { line($0) }
        #expect {
            try found(lines, in: landed("a", "c", "d"))
        } throws: {
            "\($0)".contains("has line 3 and not line 2")
        }
        #expect(throws: Refusal.self) { try found(lines, in: landed("d")) }
    }

    @Test func aLineWithoutATimeIsThereWhereOneBehindItIs() throws {
        let lines = [line("a"), line("when", timestamp: nil), line("c"), line("when", timestamp: nil)]
        #expect(try found(lines, in: landed("a", "c")) == [1: 100, 2: -1, 3: 101])
        #expect(try found(lines, in: landed("a")) == [1: 100], "this one may be repeated")
    }
}
