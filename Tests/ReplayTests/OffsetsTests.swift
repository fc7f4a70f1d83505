import Contracts
import Testing

@testable import Replay

@Suite struct OffsetsTests {
    @Test func positionsOfAGroup() throws {
        func offset(_ text: String, committed: Int64? = 50, at time: Int64? = nil) throws -> Int64 {
            try Position(text, now: .now).offset(in: 10..<100, committed: committed, atTime: time)
        }
        #expect(try offset("earliest") == 10)
        #expect(try offset("latest") == 100)
        #expect(try offset("42") == 42)
        #expect(try offset("7") == 10)
        #expect(try offset("4711") == 100)
        #expect(try offset("-20") == 30)
        #expect(try offset("+20") == 70)
        #expect(try offset("+20", committed: nil) == 30)
        #expect(try offset("+9223372036854775807") == 100)
        #expect(try offset("-9223372036854775807") == 10)
        #expect(try offset("-2h", at: 33) == 33)
        #expect(try offset("2026-08-22T00:00:00Z") == 100)
        for wrong in ["", "first", "2026-08-22T00:00:00", "1.5"] {
            #expect(throws: (any Error).self) { try Position(wrong, now: .now) }
        }
    }

    @Test func whatAnOffsetChangeWillDo() {
        func row(_ old: Int64?, _ new: Int64) -> OffsetChange.Row {
            .init(topic: "t", partition: 0, old: old, new: new, oldest: 10, end: 100)
        }
        #expect(row(50, 30).again == 20)
        #expect(row(50, 70).again == -20)
        #expect(row(nil, 10).again == nil, "where it would have begun is the subscriber's setting")
        #expect(row(2, 10).again == 0, "what is trimmed cannot be skipped")
        let change = OffsetChange(
            group: "g", cluster: ClusterIdentity(id: nil, name: "here"), madeAt: .now, by: "alex", reason: "r",
            rows: [row(50, 30), row(nil, 100)])
        #expect(change.lines()[1].contains("20 again"))
        #expect(change.lines()[2].contains("none") && change.lines()[2].contains("unknown"))
        #expect(change.lines()[3].hasPrefix("20 records will be read again, 0 skipped; of 1 partitions"))
    }
}
