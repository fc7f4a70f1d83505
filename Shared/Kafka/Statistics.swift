import Foundation

/// The few numbers wanted of librdkafka's statistics, found by a scan: the document is large, and comes from a
/// library whose layout is fixed, so that decoding all of it would be waste.
struct Statistics: Equatable {
    /// Waiting to be sent or acknowledged, of a producer.
    var queuedRecords = 0
    var queuedBytes = 0
    /// Fetched and not yet taken, of a consumer.
    var fetchedRecords = 0
    /// Since the client was made.
    var sentRecords = 0
    var receivedRecords = 0
    var sentBytes = 0
    var receivedBytes = 0
    /// Requests that failed to be sent, and that were sent again, all brokers.
    var sendErrors = 0
    var sendRetries = 0
    /// The time of a request, at the broker where it is longest.
    var slowestBrokerMicroseconds = 0
    var slowestBrokerMicrosecondsP99 = 0
    /// Of a member of a group.
    var rebalances: Int?

    init(_ json: UnsafePointer<CChar>) {
        queuedRecords = Self.numbers("\"msg_cnt\":", json, first: true).first ?? 0
        queuedBytes = Self.numbers("\"msg_size\":", json, first: true).first ?? 0
        fetchedRecords = Self.numbers("\"fetchq_cnt\":", json).reduce(0, +)
        // Partitions have the first two as well: the client's own stand at the end.
        sentRecords = Self.numbers("\"txmsgs\":", json).last ?? 0
        receivedRecords = Self.numbers("\"rxmsgs\":", json).last ?? 0
        sentBytes = Self.numbers("\"tx_bytes\":", json).last ?? 0
        receivedBytes = Self.numbers("\"rx_bytes\":", json).last ?? 0
        sendErrors = Self.numbers("\"txerrs\":", json).reduce(0, +)
        sendRetries = Self.numbers("\"txretries\":", json).reduce(0, +)
        slowestBrokerMicroseconds = Self.numbers("\"rtt\":", json, then: "\"avg\":").max() ?? 0
        slowestBrokerMicrosecondsP99 = Self.numbers("\"rtt\":", json, then: "\"p99\":").max() ?? 0
        rebalances = Self.numbers("\"rebalance_cnt\":", json, first: true).first
    }

    /// The numbers after each `name`, or after the first `then` that follows it.
    private static func numbers(
        _ name: String, _ json: UnsafePointer<CChar>, then: String? = nil, first: Bool = false
    ) -> [Int] {
        var found: [Int] = []
        var at = json
        while let hit = strstr(at, name) {
            at = UnsafePointer(hit) + name.utf8.count
            if let then {
                guard let next = strstr(at, then) else { break }
                at = UnsafePointer(next) + then.utf8.count
            }
            found.append(strtol(at, nil, 10))
            if first { break }
        }
        return found
    }
}
