import Kafka

/// How much a client gets of what stands in the log, and how soon.
public struct Delivery: Sendable {
    /// Records in one poll, at most.
    public var records: Int
    /// For so many milliseconds after such a poll the next ones bring nothing.
    public var pause: Int64

    public init(records: Int, pause: Int64) {
        self.records = records
        self.pause = pause
    }

    /// All that there is, at once.
    public static let prompt = Delivery(records: Limits.batchRecords, pause: 0)
}

extension SimulatedCluster {
    /// To every client.
    public mutating func set(_ delivery: Delivery) { self.delivery = delivery }

    /// When the next of those that are kept waiting gets more.
    var nextDelivery: Int64? {
        delivery.pause > 0 ? clients.values.lazy.map(\.pausedUntil).filter { $0 > now }.min() : nil
    }

    /// Whether somebody's pause has ended since `time`.
    func isDelivering(since time: Int64) -> Bool {
        delivery.pause > 0 && clients.values.contains { time < $0.pausedUntil && $0.pausedUntil <= now }
    }
}
