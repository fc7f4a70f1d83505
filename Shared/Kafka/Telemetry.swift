import CRdKafka
import Foundation
import Logging
import Metrics

/// Where librdkafka's log, statistics and errors go.
struct Telemetry: Sendable {
    let logger: Logger
    private let dimensions: [(String, String)]
    private let totals = Totals()

    init(logger: Logger, client: String, kind: String) {
        var logger = logger
        logger[metadataKey: "client"] = "\(client)"
        logger[metadataKey: "kind"] = "\(kind)"
        self.logger = logger
        dimensions = [("client", client), ("kind", kind)]
        guard kind.hasPrefix("producer") else { return }
        // Shown from the start: what appears at its first increase has never increased, for whoever watches.
        for label in ["kafka_client_dropped_total", "kafka_client_replacements_total"] { count(label, by: 0) }
    }

    /// Serves a LOG or STATS event; the event stays the caller's.
    func serve(_ event: OpaquePointer) {
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_LOG: log(event)
        case RD_KAFKA_EVENT_STATS: statistics(event)
        default: break
        }
    }

    func error(_ error: KafkaError, level: Logger.Level = .warning) {
        count("kafka_client_errors_total", [("code", error.name)])
        logger.log(level: level, "Kafka client error", metadata: ["error": "\(error)"])
    }

    func count(_ label: String, _ more: [(String, String)] = [], by amount: Int = 1) {
        Counter(label: label, dimensions: dimensions + more).increment(by: amount)
    }

    private func log(_ event: OpaquePointer) {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var level: Int32 = 0
        guard rd_kafka_event_log(event, &facility, &text, &level) == 0, let text, let facility else { return }
        logger.log(
            level: Self.level(syslog: level), "\(String(cString: text))",
            metadata: ["facility": "\(String(cString: facility))"])
    }

    private static func level(syslog: Int32) -> Logger.Level {
        switch syslog {
        case ...2: .critical
        case 3: .error
        case 4: .warning
        case 5: .notice
        case 6: .info
        default: .debug
        }
    }

    private func statistics(_ event: OpaquePointer) {
        guard let json = rd_kafka_event_stats(event) else { return }
        let statistics = Statistics(json)
        gauge("kafka_client_queue_records", Double(statistics.queuedRecords))
        gauge("kafka_client_queue_bytes", Double(statistics.queuedBytes))
        gauge("kafka_client_fetch_queue_records", Double(statistics.fetchedRecords))
        gauge("kafka_client_request_seconds", Double(statistics.slowestBrokerMicroseconds) / 1e6)
        gauge("kafka_client_request_p99_seconds", Double(statistics.slowestBrokerMicrosecondsP99) / 1e6)
        total("kafka_client_sent_records_total", statistics.sentRecords)
        total("kafka_client_received_records_total", statistics.receivedRecords)
        total("kafka_client_sent_bytes_total", statistics.sentBytes)
        total("kafka_client_received_bytes_total", statistics.receivedBytes)
        total("kafka_client_send_errors_total", statistics.sendErrors, mayShrink: true)
        total("kafka_client_send_retries_total", statistics.sendRetries, mayShrink: true)
        if let rebalances = statistics.rebalances { total("kafka_client_rebalances_total", rebalances) }
    }

    private func gauge(_ label: String, _ value: Double) {
        Meter(label: label, dimensions: dimensions).set(value)
    }

    private func total(_ label: String, _ value: Int, mayShrink: Bool = false) {
        count(label, by: totals.increase(label, to: value, mayShrink: mayShrink))
    }
}
