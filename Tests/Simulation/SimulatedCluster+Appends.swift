import Kafka

/// What becomes of one batch on its way to the log.
public enum AppendFault: Sendable {
    /// Refused: nothing of it is in the log.
    case refuse(KafkaError)
    /// Its first records are in the log, and the sender hears an error.
    case tear(after: Int, KafkaError)
    /// In the log twice, as after a lost answer.
    case double
    /// On its way for so long, and whatever its sender appends after it behind it.
    case delay(milliseconds: Int64)
}

/// A batch on its way.
struct Parcel: Sendable {
    let id: Int
    let process: String
    let records: [OutgoingRecord]
    var fault: AppendFault?
    var due: Int64
    /// Nobody waits for the receipt.
    var isPosted: Bool
}

extension SimulatedCluster {
    /// The next batches get these faults, one each: those of `process`, or anybody's.
    public mutating func inject(_ faults: [AppendFault], process: String? = nil) {
        self.faults += faults.map { (process, $0) }
    }

    /// What was injected and has met no batch yet does no harm any more.
    public mutating func forgetFaults() { faults = [] }

    /// Puts a batch on its way. Nobody takes it back: a sender that is cancelled has sent it all the same.
    /// - Returns: the number of its receipt.
    mutating func send(_ records: [OutgoingRecord], from process: String, isPosted: Bool) -> Int {
        var parcel = Parcel(
            id: mint(), process: process, records: records, fault: nil, due: now, isPosted: isPosted)
        if let index = faults.firstIndex(where: { $0.process == nil || $0.process == process }) {
            parcel.fault = faults.remove(at: index).fault
        }
        if case .delay(let milliseconds) = parcel.fault { parcel.due += milliseconds }
        if !isDead(process) { outbox.append(parcel) }
        return parcel.id
    }

    /// What is on its way from a process arrives no more.
    mutating func recall(from process: String) {
        let error = KafkaError.simulated(-151, "_PURGE_INFLIGHT", "the producer was reset", retriable: true)
        for parcel in outbox where parcel.process == process && !parcel.isPosted {
            receipts[parcel.id] = .failure(error)
            version += 1
        }
        outbox.removeAll { $0.process == process && !$0.isPosted }
    }

    /// When the next batch is due, on its way to the log or to a client; nil if none is.
    public var nextDue: Int64? {
        [outbox.lazy.map(\.due).filter { $0 > now }.min(), nextDelivery].compactMap { $0 }.min()
    }

    public var isEverythingDelivered: Bool { outbox.isEmpty }

    func receipt(_ id: Int) throws -> [Int64]? { try receipts[id]?.get() }

    /// In the order of sending, a process's batches behind each other.
    mutating func deliver() {
        guard isUp else { return }
        var held: Set<String> = []
        var waiting: [Parcel] = []
        for parcel in outbox {
            if parcel.due > now || held.contains(parcel.process) || parcel.records.contains(where: isUnknown) {
                held.insert(parcel.process)
                waiting.append(parcel)
            } else {
                let receipt = land(parcel)
                if !parcel.isPosted { receipts[parcel.id] = receipt }
                version += 1
            }
        }
        outbox = waiting
    }

    /// As of a producer: what goes to a topic that is not there waits for it.
    private func isUnknown(_ record: OutgoingRecord) -> Bool { topics[record.topic] == nil }

    private mutating func land(_ parcel: Parcel) -> Result<[Int64], KafkaError> {
        switch parcel.fault {
        case .refuse(let error):
            return .failure(error)
        case .tear(let count, let error):
            _ = append(parcel.records.prefix(count))
            return .failure(error)
        case .double:
            // The sender hears of the second time only.
            _ = append(parcel.records[...])
            return append(parcel.records[...])
        case .delay, nil:
            return append(parcel.records[...])
        }
    }

    private mutating func append(_ records: ArraySlice<OutgoingRecord>) -> Result<[Int64], KafkaError> {
        var offsets: [Int64] = []
        for record in records {
            let place = TopicPartition(record.topic, record.partition)
            guard let end = partition(place)?.end else {
                return .failure(.simulated(-190, "_UNKNOWN_PARTITION", "there is no partition \(place)"))
            }
            let kept = Record(
                topic: record.topic, partition: record.partition, offset: end, timestamp: record.timestamp ?? now,
                key: record.key, value: record.value, headers: record.headers)
            edit(place) { $0.records.append(kept) }
            offsets.append(end)
        }
        return .success(offsets)
    }
}
