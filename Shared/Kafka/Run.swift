import CRdKafka
import Foundation

/// One start of one partition. A record belongs to the run that fetched it, so that nothing of an earlier run is
/// delivered after a restart.
final class Run {
    let partition: TopicPartition
    /// Started and neither stopped, restarted nor revoked since.
    var isActive = true
    /// The lowest offset that may come next. Some versions deliver again what was delivered (2.1.0, 2.1.1, 2.4.0).
    var next: Int64

    init(_ partition: TopicPartition, from offset: Int64) {
        self.partition = partition
        next = max(offset, 0)
    }
}

/// The runs of a client, found by what a message carries without making a string of it.
struct Runs {
    private final class Route {
        let topic: String
        let name: UnsafeMutableBufferPointer<CChar>
        var runs: [Int32: Run] = [:]
        /// Messages of a partition come in rows.
        var latest: Run?

        init(_ topic: String) {
            self.topic = topic
            name = .allocate(capacity: topic.utf8.count + 1)
            _ = name.initialize(from: topic.utf8CString)
        }

        deinit { name.deallocate() }

        func isNamed(_ other: UnsafePointer<CChar>) -> Bool {
            name.baseAddress.map { strcmp($0, other) == 0 } ?? false
        }
    }

    private var routes: [Route] = []
    private var latest: Route?

    subscript(partition: TopicPartition) -> Run? {
        get { routes.first { $0.topic == partition.topic }?.runs[partition.partition] }
        set {
            let route = routes.first { $0.topic == partition.topic } ?? Route(partition.topic)
            if route.runs.isEmpty && !routes.contains(where: { $0 === route }) { routes.append(route) }
            route.runs[partition.partition] = newValue
            route.latest = nil
        }
    }

    var all: [Run] { routes.flatMap(\.runs.values) }

    /// The run that is to have this message, if any.
    mutating func find(_ message: borrowing rd_kafka_message_t) -> Run? {
        guard let rkt = message.rkt, let name = rd_kafka_topic_name(rkt) else { return nil }
        if latest?.isNamed(name) != true { latest = routes.first { $0.isNamed(name) } }
        guard let latest else { return nil }
        if let run = latest.latest, run.partition.partition == message.partition { return run }
        latest.latest = latest.runs[message.partition]
        return latest.latest
    }
}
