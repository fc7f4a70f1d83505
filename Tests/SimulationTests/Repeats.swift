import Contracts
import Kafka
import Shards
import Simulation
import Synchronization

/// What instances owed although it stood in the log before they came: their shards were asked too soon.
final class Repeats: Sendable {
    private let all = Mutex<[String]>([])

    func note(_ what: String) { all.withLock { $0.append(what) } }
    var found: [String] { all.withLock { $0 } }
}

/// An instance's way to the log, which notes such records.
struct WatchedAppender: LogAppender {
    private let inner: SteppedAppender
    private let log: SimulatedLog
    private let names: TopicNames
    private let repeats: Repeats
    /// Where the log ended when the instance came.
    private let ends: [TopicPartition: Int64]

    init(_ inner: SteppedAppender, log: SimulatedLog, names: TopicNames, repeats: Repeats) {
        (self.inner, self.log, self.names, self.repeats) = (inner, log, names, repeats)
        ends = log.look { $0.ends }
    }

    @discardableResult
    func send(_ records: [OutgoingRecord]) async throws -> [Int64] {
        for record in records where isOwed(record) && stood(record) {
            repeats.note("\(record.topic) \(header("ce_id", record.headers))")
        }
        return try await inner.send(records)
    }

    func post(_ record: OutgoingRecord) { inner.post(record) }

    /// An outcome or an announcement. A click comes from a person, who may well repeat it.
    private func isOwed(_ record: OutgoingRecord) -> Bool {
        guard let topic = names.topic(named: record.topic), topic == .qualifications || topic == .dealCreated else {
            return false
        }
        return header("ce_type", record.headers) != "directchat.\(QualifyRequested.type).v1"
    }

    private func stood(_ record: OutgoingRecord) -> Bool {
        let place = TopicPartition(record.topic, record.partition)
        let (end, id) = (ends[place] ?? 0, header("ce_id", record.headers))
        return log.look { cluster in
            cluster.records(place).contains { $0.offset < end && $0.header("ce_id")?.elementsEqual(id.utf8) == true }
        }
    }

    private func header(_ name: String, _ headers: [Header]) -> String {
        String(decoding: headers.first { $0.name == name }?.value ?? [], as: UTF8.self)
    }
}
