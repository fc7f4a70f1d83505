import CRdKafka
import Logging

/// Turns librdkafka's events into ours, in order, and lets pass only what belongs to a running partition.
///
/// Part of one actor (consumer or reader), and used on its thread only.
final class Intake {
    enum Item {
        case records([Record])
        case end(Run, Int64)
        case fault(Run, KafkaError)
        case connectionLost(KafkaError)
        case rebalance(Rebalance)
        case fatal(KafkaError)
    }

    struct Rebalance {
        let isAssign: Bool
        let partitions: [Int32]
        let lost: Bool
    }

    private enum Kept {
        case record(Record, Run)
        case item(Item)
    }

    let handle: Handle
    let telemetry: Telemetry
    var runs = Runs()
    /// librdkafka forgets that an assignment was lost at the next call that changes it, so it is remembered here.
    private var isLost = false
    private var backlog: [Kept] = []

    init(_ handle: Handle, _ telemetry: Telemetry) {
        self.handle = handle
        self.telemetry = telemetry
    }

    // MARK: polling

    /// Waits for one thing; of records, takes what is there besides.
    /// - Returns: nil if nothing came in that time, or on a wake-up.
    func next(_ milliseconds: Int32, mayWait: () -> Bool) -> Item? {
        var records: [Record] = []  // grows by doubling: most batches are small
        var bytes = 0
        while records.count < Limits.batchRecords && bytes < Limits.batchBytes {
            if backlog.isEmpty {
                let wait = records.isEmpty ? milliseconds : 0
                guard let event = handle.poll(wait, mayWait: mayWait) else { break }
                if rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH {
                    while let message = rd_kafka_event_message_next(event) {
                        guard let (record, _) = take(message) else { continue }
                        bytes += record.storage.count
                        records.append(record)
                    }
                    rd_kafka_event_destroy(event)
                } else {
                    translate(event)
                }
                continue
            }
            switch backlog[0] {
            case .record(let record, let run):
                backlog.removeFirst()
                if run.isActive {
                    records.append(record)
                    bytes += record.storage.count
                }
            case .item(let item):
                // What ends a drain waits for the next call: a batch never straddles it.
                guard records.isEmpty else { return .records(records) }
                backlog.removeFirst()
                if isCurrent(item) { return item }
            }
        }
        return records.isEmpty ? nil : .records(records)
    }

    /// Looks for a rebalance that is waiting in the queue, before a call that librdkafka would take for its answer.
    ///
    /// One record is enough of a look: a rebalance pauses all partitions first, which outdates their queued records.
    func settle() {
        while let event = handle.poll(0, mayWait: { false }) {
            let isFetch = rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH
            translate(event)
            if isFetch { return }
        }
    }

    /// A rebalance that has been taken from the queue and not yet been delivered.
    var waitingRebalances: [Rebalance] {
        backlog.compactMap { kept in
            if case .item(.rebalance(let rebalance)) = kept { rebalance } else { nil }
        }
    }

    private func isCurrent(_ item: Item) -> Bool {
        switch item {
        case .end(let run, _): run.isActive
        case .fault(let run, _):
            // `isActive` went false when the fault was seen; a restart since has made another run.
            runs[run.partition] === run
        default: true
        }
    }

    // MARK: translating

    /// Takes the event over.
    private func translate(_ event: OpaquePointer) {
        defer { rd_kafka_event_destroy(event) }
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_FETCH:
            while let message = rd_kafka_event_message_next(event) {
                if let (record, run) = take(message) { backlog.append(.record(record, run)) }
            }
        case RD_KAFKA_EVENT_REBALANCE:
            take(rebalance: event)
        case RD_KAFKA_EVENT_ERROR:
            take(error: event)
        default:
            telemetry.serve(event)
        }
    }

    private func take(_ message: UnsafePointer<rd_kafka_message_t>) -> (Record, Run)? {
        guard let run = runs.find(message.pointee), run.isActive else { return nil }
        guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
            fault(run, message.pointee.err, reason: nil)
            return nil
        }
        guard message.pointee.offset >= run.next else { return nil }
        run.next = message.pointee.offset + 1
        return (Record(message, run.partition), run)
    }

    private func take(rebalance event: OpaquePointer) {
        let code = rd_kafka_event_error(event)
        let list = PartitionList.read(rd_kafka_event_topic_partition_list(event))
        let isAssign = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
        noteLoss()
        let rebalance = Rebalance(
            isAssign: isAssign, partitions: list.map(\.partition.partition).sorted(), lost: !isAssign && isLost)
        isLost = false
        backlog.append(.item(.rebalance(rebalance)))
    }

    private func take(error event: OpaquePointer) {
        let code = rd_kafka_event_error(event)
        let reason = rd_kafka_event_error_string(event).map { String(cString: $0) }
        if let pointer = rd_kafka_event_topic_partition(event) {
            defer { rd_kafka_topic_partition_destroy(pointer) }
            let partition = TopicPartition(String(cString: pointer.pointee.topic), pointer.pointee.partition)
            guard let run = runs[partition], run.isActive else { return }
            if code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                backlog.append(.item(.end(run, pointer.pointee.offset)))
            } else {
                fault(run, code, reason: reason)
            }
            return
        }
        if let fatal = handle.fatalFailure(in: "consume") {
            telemetry.error(fatal, level: .critical)
            backlog.append(.item(.fatal(fatal)))
            return
        }
        let error = KafkaError(code, "consume", reason: reason)
        telemetry.error(error)
        switch code {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE:
            backlog.append(.item(.connectionLost(error)))
        case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            isLost = true
        default: break
        }
    }

    private func fault(_ run: Run, _ code: rd_kafka_resp_err_t, reason: String?) {
        run.isActive = false
        let error = KafkaError(code, "consume \(run.partition)", reason: reason)
        telemetry.error(error)
        backlog.append(.item(.fault(run, error)))
    }

    // MARK: assigning

    /// Gives these runs to librdkafka, from their offsets, in one call.
    func assign(_ starts: [TopicPartition: Int64]) throws {
        noteLoss()
        try PartitionList.with(starts) { list in
            if let error = KafkaError(consuming: rd_kafka_incremental_assign(handle.rk, list), "assign") { throw error }
        }
        for (partition, offset) in starts { runs[partition] = Run(partition, from: offset) }
    }

    func unassign(_ ended: [Run]) throws {
        noteLoss()
        for run in ended {
            run.isActive = false
            if runs[run.partition] === run { runs[run.partition] = nil }
        }
        let list = Dictionary(ended.map { ($0.partition, Int64(0)) }) { first, _ in first }
        try PartitionList.with(list) { list in
            if let error = KafkaError(consuming: rd_kafka_incremental_unassign(handle.rk, list), "unassign") {
                throw error
            }
        }
    }

    private func noteLoss() {
        if rd_kafka_assignment_lost(handle.rk) != 0 { isLost = true }
    }
}
