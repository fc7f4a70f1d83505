import Foundation

/// The few numbers wanted of librdkafka's statistics, found by a scan: the document is large, and comes from a
/// library whose layout is fixed, so that decoding all of it would be waste.
struct Statistics: Equatable {
    /// Waiting to be sent or acknowledged, of a producer.
    var queuedRecords = 0
    var queuedBytes = 0
    /// Requests that failed to be sent, all brokers.
    var sendErrors = 0
    /// The mean time of a request, at the broker where it is longest.
    var slowestBrokerMicroseconds = 0
    /// Of a member of a group.
    var rebalances: Int?

    init(_ json: UnsafePointer<CChar>) {
        queuedRecords = Self.numbers("\"msg_cnt\":", json, first: true).first ?? 0
        queuedBytes = Self.numbers("\"msg_size\":", json, first: true).first ?? 0
        sendErrors = Self.numbers("\"txerrs\":", json).reduce(0, +)
        slowestBrokerMicroseconds = Self.numbers("\"rtt\":", json, then: "\"avg\":").max() ?? 0
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
