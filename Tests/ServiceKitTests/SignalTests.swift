import Contracts
import HTTPTypes
import Logging
import Testing

@testable import ServiceKit
@testable import Shards

@Suite struct SignalTests {
    @Test func processesAreReadAsLinuxWritesThem() throws {
        let line =
            "4242 (a (bad) name) S 1 4242 4242 0 -1 4194560 1000 0 0 0 250 50 0 0 20 0 17 0 123456 987654144 2048 1844 1 "
            + "1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
        let stat = try #require(ProcessStat(line))
        #expect(stat.processorTicks == 300 && stat.threads == 17 && stat.startTicks == 123_456)
        #expect(stat.virtualBytes == 987_654_144 && stat.residentPages == 2_048)
        #expect(ProcessStat("") == nil && ProcessStat("1 (x) S 1") == nil)
        #expect(ProcessStat.bootTime("cpu 1 2\nbtime 1790000000\nprocesses 7\n") == 1_790_000_000)
        #expect(ProcessStat.bootTime("cpu 1 2\n") == nil)
    }

    @Test func aStateWithoutShardsShowsNone() {
        let halted = ShardStatus(
            shard: 3, state: "halted", detail: nil, topics: [], deadLetters: 2,
            deadLetterReasons: ["broken-json": 2], owed: 0, owedSeconds: nil, restore: nil, skipped: 0)
        let states = ShardGauges.states(of: [halted])
        #expect(states[["state": "halted"]] == 1 && states[["state": "live"]] == 0)
        #expect(states.count == ShardGauges.states.count)
        let letters = ShardGauges.deadLetters(of: [halted, halted])
        #expect(letters[["reason": "broken-json"]] == 4 && letters[["reason": "missing-field"]] == 0)
    }

    @Test func aRefusalIsALineAndAProbeIsNone() {
        func level(_ method: HTTPRequest.Method, _ route: String?, _ status: Int) -> Logger.Level {
            RequestNote(method: method, route: route, status: status, code: nil, duration: .zero).level
        }
        #expect(level(.post, "/v1/messages", 202) == .info)
        #expect(level(.get, "/v1/conversations", 200) == .debug)
        #expect(level(.get, "/v1/conversations/{id}", 404) == .info)
        #expect(level(.get, "NotFound", 404) == .info)
        #expect(level(.put, "/v1/draft", 204) == .debug)
        #expect(level(.put, "/v1/draft", 503) == .info)
        #expect(level(.get, "/readyz", 503) == .debug)
    }
}
