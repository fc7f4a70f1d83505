import ArgumentParser
import Contracts
import Testing

@testable import Replay

@Suite struct MomentTests {
    private let now = Timestamp(milliseconds: 1_000_000_000)

    @Test func absoluteWithAZone() throws {
        #expect(try Moment("2026-08-22T19:03:27Z", now: now).timestamp.description == "2026-08-22T19:03:27.000Z")
        #expect(try Moment("2026-08-22T19:03:27-05:00", now: now).timestamp.description == "2026-08-23T00:03:27.000Z")
    }

    @Test(arguments: [("-2h", 7_200_000), ("-90m", 5_400_000), ("-30s", 30_000), ("-7d", 604_800_000)])
    func beforeNow(_ text: String, _ milliseconds: Int64) throws {
        #expect(try Moment(text, now: now).timestamp.milliseconds == now.milliseconds - milliseconds)
    }

    @Test func withoutAZoneItIsRefusedWithTheReason() {
        #expect(throws: Moment.Mistake.noZone("2026-08-22T19:03:27")) { try Moment("2026-08-22T19:03:27", now: now) }
        #expect(Moment.Mistake.noZone("2026-08-22T19:03:27").description.contains("2026-08-22T19:03:27Z"))
    }

    @Test(arguments: ["", "-", "2h", "-h", "-2w", "yesterday", "2026-08-22", "-99999999999999999999h", "--2h"])
    func anythingElseIsRefused(_ text: String) {
        #expect(throws: Moment.Mistake.unreadable(text)) { try Moment(text, now: now) }
    }

    @Test func ranges() {
        func range(_ text: String) -> String? {
            Selection.range(text).map { "\($0.low.map(String.init) ?? "")|\($0.high.map(String.init) ?? "")" }
        }
        #expect(range("3..9") == "3|9")
        #expect(range("3..") == "3|")
        #expect(range("..9") == "|9")
        for text in ["..", "9..3", "3..3", "3", "a..9", "3..b", "-1..3", "3..9..12", ""] { #expect(range(text) == nil) }
    }

    @Test func selectionsAreParsed() throws {
        let selection = try Selection.parse([
            "messages", "--from", "-2h", "--to", "-1h", "--header", "a=b=c", "--type", "directchat.deal.created.v1",
        ])
        let filter = try selection.filter(now: now)
        #expect(filter.from == now.adding(milliseconds: -7_200_000))
        #expect(filter.headers == [Filter.HeaderMatch(name: "a", value: "b=c")])
        #expect(filter.type == "deal.created")
        for wrong in [
            ["messages", "--from", "2026-08-22T19:03:27"], ["messages", "--from", "-1h", "--to", "-2h"],
            ["messages", "--offsets", "1..2"], ["messages", "--header", "=b"], ["messages", "--limit", "0"], [],
        ] {
            #expect(throws: (any Error).self) { try Selection.parse(wrong) }
        }
        #expect(throws: (any Error).self) { try DeadListCommand.parse(["--limit=-1"]) }
    }

    @Test func places() {
        let place = RecordPlace(argument: "directchat.messages/3/120")
        #expect(place?.topic == "directchat.messages" && place?.partition == 3 && place?.offset == 120)
        for wrong in ["messages/3", "messages/3/", "/3/1", "messages/-1/1", "messages/1/x", "a/b/1/2"] {
            #expect(RecordPlace(argument: wrong) == nil)
        }
    }
}
