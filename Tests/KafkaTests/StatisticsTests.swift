import Testing

@testable import Kafka

@Suite struct StatisticsTests {
    /// Cut out of what librdkafka 2.0.2 writes.
    private static let document = #"""
        {"name":"x","msg_cnt":7,"msg_size":1024,"msg_max":10000,"tx":9,"brokers":{"a":{"txerrs":1,"txretries":2,
        "rtt":{"min":1,"max":9,"avg":1500,"p99":2500}},"b":{"txerrs":2,"txretries":3,"rtt":{"avg":400,"p99":9000}}},
        "topics":{"t":{"partitions":{"0":{"fetchq_cnt":5,"txmsgs":1,"rxmsgs":2},"1":{"fetchq_cnt":6,"txmsgs":3,
        "rxmsgs":4}}}},"cgrp":{"rebalance_age":3,"rebalance_cnt":2},"tx":9,"tx_bytes":900,"rx":8,"rx_bytes":800,
        "txmsgs":40,"txmsg_bytes":1,"rxmsgs":60,"rxmsg_bytes":2}
        """#

    @Test func theNumbersAreFound() {
        let statistics = Self.document.withCString { Statistics($0) }
        #expect(statistics.queuedRecords == 7 && statistics.queuedBytes == 1_024)
        #expect(statistics.fetchedRecords == 11)
        #expect(statistics.sentRecords == 40 && statistics.receivedRecords == 60)
        #expect(statistics.sentBytes == 900 && statistics.receivedBytes == 800)
        #expect(statistics.sendErrors == 3 && statistics.sendRetries == 5)
        #expect(statistics.slowestBrokerMicroseconds == 1_500 && statistics.slowestBrokerMicrosecondsP99 == 9_000)
        #expect(statistics.rebalances == 2)
        #expect("{}".withCString { Statistics($0) }.rebalances == nil)
    }

    /// A client that is put in the place of another counts from 0.
    @Test func totalsGrowByWhatCame() {
        let totals = Totals()
        #expect(totals.increase("sent", to: 5) == 5)
        #expect(totals.increase("sent", to: 8) == 3)
        #expect(totals.increase("other", to: 1) == 1)
        #expect(totals.increase("sent", to: 2) == 2)
    }
}
