import Contracts
import Testing

@testable import Replay

@Suite struct TargetTopicTests {
    private let end = Timestamp(milliseconds: 1_000_000)

    private func keeps(_ settings: [String: String], oldest: Int64? = 0) -> Bool {
        let oldest = oldest.map { Timestamp(milliseconds: $0) }
        return (try? TargetTopic("t", settings: settings).checkKeeps(oldest, until: end)) != nil
    }

    @Test func whatItWouldDeleteIsRefused() {
        #expect(keeps([:]), "nobody tells")
        #expect(keeps(["retention.ms": "-1"]))
        #expect(keeps(["retention.ms": "1000000"]))
        #expect(!keeps(["retention.ms": "999999"]))
        #expect(!keeps(["retention.ms": "999999", "cleanup.policy": "compact,delete"]))
        #expect(keeps(["retention.ms": "999999", "cleanup.policy": "compact"]))
        #expect(keeps(["retention.ms": "999999"], oldest: 1))
        #expect(keeps(["retention.ms": "999999"], oldest: nil), "nothing has a time")
        #expect(!keeps(["message.timestamp.type": "LogAppendTime"], oldest: nil))
        #expect(keeps(["message.timestamp.type": "CreateTime"]))
    }

    @Test func whatItDoesNotTakeIsRefused() {
        func takes(_ bytes: Int64, _ settings: [String: String], client: [String: String] = [:]) -> Bool {
            (try? TargetTopic("t", settings: settings, client: client).checkTakes(bytes, "x")) != nil
        }
        #expect(takes(9_700, ["max.message.bytes": "10000"]))
        #expect(!takes(9_701, ["max.message.bytes": "10000"]), "a batch has something beside")
        #expect(takes(1_000_000, [:]) && !takes(1_100_000, [:]), "brokers as they are shipped")
        #expect(!takes(9_000, ["max.message.bytes": "10000"], client: ["message.max.bytes": "5000"]))
        #expect(takes(2_000_000, [:], client: ["message.max.bytes": "3000000"]))
    }

    @Test func itsProducerSendsWhatItTakes() {
        func bytes(_ settings: [String: String]) -> String? {
            TargetTopic("t", settings: settings).producing["message.max.bytes"]
        }
        #expect(bytes(["max.message.bytes": "5000000"]) == "5000000")
        #expect(bytes(["max.message.bytes": "2147483647"]) == "1000000000", "the client knows no larger")
        #expect(bytes(["max.message.bytes": "10"]) == "1000")
        #expect(bytes([:]) == "1048588")
    }
}
