import CoreMetrics
import Logging
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct MetricsTests {
    private let registry = MetricsRegistry()
    private var factory: PrometheusFactory { PrometheusFactory(registry: registry) }

    @Test func expositionIsPrometheusText() {
        factory.makeCounter(label: "messages.accepted", dimensions: [("channel", "web")]).increment(by: 2)
        factory.makeCounter(label: "messages.accepted", dimensions: [("channel", "web")]).increment(by: 1)
        factory.makeCounter(label: "messages.accepted", dimensions: [("channel", "sms")]).increment(by: 1)
        factory.makeMeter(label: "dc_sse_connections", dimensions: []).set(2.5)
        #expect(
            registry.exposition() == """
                # HELP dc_sse_connections Streams that are open.
                # TYPE dc_sse_connections gauge
                dc_sse_connections 2.5
                # TYPE messages_accepted_total counter
                messages_accepted_total{channel="sms"} 1
                messages_accepted_total{channel="web"} 3

                """)
    }

    @Test func timerIsAHistogramOfSeconds() {
        let timer = factory.makeTimer(label: "fold", dimensions: [("topic", "messages")])
        timer.recordNanoseconds(3_000_000)
        timer.recordNanoseconds(700_000_000)
        timer.recordNanoseconds(60_000_000_000)
        let lines = registry.exposition().split(separator: "\n")
        #expect(lines.first == "# TYPE fold_seconds histogram")
        #expect(lines.contains(#"fold_seconds_bucket{topic="messages",le="0.001"} 0"#))
        #expect(lines.contains(#"fold_seconds_bucket{topic="messages",le="0.005"} 1"#))
        #expect(lines.contains(#"fold_seconds_bucket{topic="messages",le="1"} 2"#))
        #expect(lines.contains(#"fold_seconds_bucket{topic="messages",le="10"} 2"#))
        #expect(lines.contains(#"fold_seconds_bucket{topic="messages",le="+Inf"} 3"#))
        #expect(lines.contains(#"fold_seconds_count{topic="messages"} 3"#))
        #expect(lines.contains(#"fold_seconds_sum{topic="messages"} 60.703"#))
    }

    @Test func namesAndValuesAreEscaped() {
        factory.makeCounter(label: "9 lives-é", dimensions: [("a.b", "x\"y\\z\nw")]).increment(by: 1)
        #expect(registry.exposition().contains("_9_lives___total{a_b=\"x\\\"y\\\\z\\nw\"} 1\n"))
    }

    @Test func aDestroyedMeterIsShownNoMore() {
        let meter = factory.makeMeter(label: "lag", dimensions: [("shard", "1")])
        meter.set(3.0)
        factory.makeMeter(label: "lag", dimensions: [("shard", "2")]).set(4.0)
        factory.destroyMeter(meter)
        #expect(registry.exposition() == "# TYPE lag gauge\nlag{shard=\"2\"} 4\n")
        factory.destroyMeter(factory.makeMeter(label: "lag", dimensions: [("shard", "2")]))
        #expect(registry.exposition().isEmpty)
    }

    @Test func everyNameIsOneThatPrometheusTakes() {
        for (name, help) in MetricHelp.texts {
            #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }, "\(name)")
            #expect(!help.contains("\n") && !help.contains("\\") && help.hasSuffix("."), "\(name)")
        }
    }

    @Test func oneNameHasOneType() {
        factory.makeMeter(label: "size_total", dimensions: []).set(Int64(1))
        factory.makeCounter(label: "size", dimensions: []).increment(by: 2)
        let text = registry.exposition()
        #expect(text.contains("# TYPE size_total gauge\nsize_total 1\n"))
        #expect(text.contains("# TYPE size_total_counter counter\nsize_total_counter 2\n"))
    }
}

@Suite struct JSONLogTests {
    @Test func lineIsOneJSONObject() throws {
        let lines = Lines()
        var logger = Logger(label: "ingest") { _ in
            JSONLogHandler(label: "ingest", service: "ingest", instance: "i1", level: .info) { lines.add($0) }
        }
        logger[metadataKey: "correlationId"] = "c1"
        logger.debug("not shown")
        logger.warning("a \"quoted\"\nline\u{1}", metadata: ["shards": ["1", "x"], "more": ["deep": "\\"]])
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1)
        #expect(line.filter { $0 == "\n" }.count == 1 && line.hasSuffix("}\n"))
        let tail =
            #""level":"warning","service":"ingest","instance":"i1","message":"a \"quoted\"\nline\u0001","#
            + #""metadata":{"correlationId":"c1","more":{"deep":"\\"},"shards":["1","x"]}}"# + "\n"
        #expect(line.hasSuffix(tail))
        #expect(line.hasPrefix(#"{"ts":"20"#))
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ bytes: [UInt8]) { lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        var all: [String] { lines.withLock { $0 } }
    }
}
