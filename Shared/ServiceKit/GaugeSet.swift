import Metrics
import Synchronization

/// A gauge whose series come and go, such as one a shard: what is not set any more is not shown any more, since a shard
/// that has moved is behind nowhere.
final class GaugeSet: Sendable {
    private let label: String
    private let meters = Mutex<[[String: String]: Meter]>([:])

    init(_ label: String) {
        self.label = label
    }

    /// - Parameter values: all of them, by their labels.
    func set(_ values: [[String: String]: Double]) {
        meters.withLock { meters in
            for (labels, value) in values {
                let meter = meters[labels] ?? Meter(label: label, dimensions: labels.sorted { $0.key < $1.key })
                meters[labels] = meter
                meter.set(value)
            }
            for (labels, meter) in meters where values[labels] == nil {
                meter.destroy()
                meters[labels] = nil
            }
        }
    }
}
