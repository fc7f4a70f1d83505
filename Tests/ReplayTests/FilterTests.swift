import Contracts
import Kafka
import Testing

@testable import Replay

@Suite struct FilterTests {
    private let record = eventRecord(
        body: #"{"conversationId":"c-1","text":"c-9"}"#, timestamp: 5_000, more: [Header(name: "a", value: [98])])

    private func matches(_ change: (inout Filter) -> Void, _ record: Record? = nil) -> Bool {
        var filter = Filter()
        change(&filter)
        return filter.matches(record ?? self.record)
    }

    @Test func eachAsksForItsOwn() {
        #expect(Filter().matches(record))
        #expect(matches { $0.dealership = "shop-1" })
        #expect(!matches { $0.dealership = "shop" })
        #expect(matches { $0.conversation = "c-1" })
        #expect(!matches { $0.conversation = "c-9" }, "a text is no id")
        #expect(matches { $0.type = "message.received" })
        #expect(!matches { $0.type = "message.sent" })
        #expect(matches { $0.key = "shop-1" })
        #expect(!matches { $0.key = "shop-10" })
        #expect(matches { $0.headers = [.init(name: "a", value: "b")] })
        #expect(!matches { $0.headers = [.init(name: "a", value: "b"), .init(name: "a", value: "c")] })
    }

    @Test func timesAreFromAndBefore() {
        #expect(matches { $0.from = Timestamp(milliseconds: 5_000) })
        #expect(!matches { $0.from = Timestamp(milliseconds: 5_001) })
        #expect(matches { $0.to = Timestamp(milliseconds: 5_001) })
        #expect(!matches { $0.to = Timestamp(milliseconds: 5_000) })
    }

    @Test func aDealIsOfItsConversation() {
        let deal = eventRecord("deal.created", subject: "d-1", body: #"{"source":{"conversationId":"c-7"}}"#)
        #expect(matches({ $0.conversation = "c-7" }, deal))
        #expect(matches({ $0.conversation = "d-1" }, deal))
        #expect(!matches({ $0.conversation = "c-1" }, deal))
    }

    @Test func whatIsNoEventIsItsKeysDealership() {
        let stray = Record(
            topic: "t", partition: 0, offset: 0, timestamp: -1, key: Array("shop-1/v-1".utf8), value: nil, headers: [])
        #expect(matches({ $0.dealership = "shop-1" }, stray))
        #expect(!matches({ $0.dealership = "shop-1/v" }, stray))
    }

    @Test func copiesAreLeftOutOnlyWhereAskedFor() {
        let copy = eventRecord(more: [Header(name: "dc_redelivery_id", value: Array("r-1".utf8))])
        #expect(matches({ _ in }, copy))
        #expect(!matches({ $0.withoutCopies = true }, copy))
    }
}
