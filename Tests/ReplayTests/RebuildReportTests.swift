import ArgumentParser
import Foundation
import Shards
import Testing

@testable import Replay

/// What a person is told of a rebuild, and with which exit code it ends.
@Suite struct RebuildReportTests {
    private func status(isSame: Bool) throws -> RebuildStatus {
        let side = { (hash: String) in #"{"rows":3,"hash":"\#(hash)"}"# }
        let first = """
            {"kind":"changed","key":[{"name":"offset","value":17}],
             "columns":[{"name":"text","live":"(2 characters, ab)","rebuilt":null}],"conversation":"c1",
             "writer":{"topic":"directchat.messages","partition":3,"offset":17}}
            """
        let text = """
            {"service":"conversations","shard":3,"state":"verified","file":"f","records":10,"done":10,"left":0,
             "recordsPerSecond":5,"positions":[{"topic":"directchat.messages","next":20}],"isSame":\(isSame),
             "verification":[{"table":"messages","live":\(side("aa")),"rebuilt":\(side(isSame ? "aa" : "bb")),
              "different":\(isSame ? 0 : 1)\(isSame ? "" : ",\"first\":\(first)"),
              "conversations":{"compared":2,"different":\(isSame ? 0 : 1),
               "named":\(isSame ? "[]" : #"[{"id":"c1","live":"dd"}]"#)}}]}
            """
        return try JSONDecoder().decode(RebuildStatus.self, from: Data(text.utf8))
    }

    @Test func aDifferenceIsNamedToTheRowAndOffset() throws {
        let report = RebuildReport(service: "conversations", shards: [.init(status: try status(isSame: false))])
        #expect(report.verdict == .differs)
        let text = report.lines.joined(separator: "\n")
        for part in [
            "messages: DIFFERENT in 1 rows", "the row offset=17 of conversation c1",
            "written by directchat.messages/3 offset 17", "text: live (2 characters, ab), rebuilt NULL",
            "1 of 2 conversations differ", "c1: live dd, rebuilt has none", "DIFFERENT from the live file",
        ] { #expect(text.contains(part), "\(part) is not in \(text)") }
    }

    @Test func whatIsTheSameOrRepairedIsDone() throws {
        var shard = RebuildReport.Shard(status: try status(isSame: false))
        shard.replaced = "f.replaced"
        let repaired = RebuildReport(service: "conversations", shards: [shard])
        #expect(repaired.verdict == .done)
        #expect(repaired.lines.contains { $0.contains("the old file is f.replaced") })
        #expect(repaired.lines.last?.contains("delete conversations-3.v*.sqlite* in the data directories") == true)
        let same = RebuildReport(service: "conversations", shards: [.init(status: try status(isSame: true))])
        #expect(same.verdict == .done)
        #expect(same.lines.contains { $0.contains("messages: same, 3 rows, 2 conversations") })
        let json = try Output.json(repaired)
        #expect(json.contains(#""replaced":"f.replaced""#) && json.contains(#""shard":3"#) && !json.contains("\n"))
    }

    @Test func progressSaysHowFarAndHowLong() throws {
        var status = try status(isSame: true)
        (status.state, status.done, status.records, status.secondsLeft) = (.rebuilding, 40, 160, 24)
        #expect(
            RebuildReport.progress("x", status)
                == "x rebuilding: 40 of 160 records (25 %), 5/s, 24 s left")
        status.secondsLeft = nil
        #expect(RebuildReport.progress("x", status).hasSuffix("time left not known yet"))
    }

    @Test(arguments: [
        ["sales"], ["conversations", "--shard", "-1"], ["conversations", "--service-url", "here", "--shard", "1"],
        ["conversations", "--service-url", "http://here"], ["conversations", "--topic-prefix", "a b"], [],
    ])
    func badFlagsAreRefused(_ flags: [String]) {
        #expect(throws: (any Error).self) { try RebuildCommand.parse(flags) }
    }
}
