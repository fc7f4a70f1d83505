/// One call of `send`: counts its records' reports down and resumes the caller once.
final class SendBatch {
    enum Waiter {
        /// The caller has not come to wait yet.
        case expected
        case waiting(CheckedContinuation<[Int64], any Error>)
        /// Cancelled: the records are sent all the same.
        case gone
    }

    /// Offset of a record whose report is outstanding.
    static let open = Int64.min
    /// Offset of a record that is in the log, nobody knows where.
    static let unknown: Int64 = -1

    /// Sequence number of the first record.
    let first: Int
    let records: [OutgoingRecord]
    /// By record: `open`, or the offset.
    private(set) var offsets: [Int64]
    /// Records handed to librdkafka, from the first.
    var handed = 0
    private(set) var openCount: Int
    private var error: KafkaError?
    private(set) var waiter = Waiter.expected

    init(first: Int, records: [OutgoingRecord]) {
        self.first = first
        self.records = records
        offsets = [Int64](repeating: Self.open, count: records.count)
        openCount = records.count
    }

    var isOver: Bool {
        guard openCount == 0 else { return false }
        if case .gone = waiter { return true }
        return false
    }

    /// Once per record: a report for one that has had it is passed over.
    func report(_ index: Int, _ result: Result<Int64, KafkaError>) {
        guard offsets[index] == Self.open else { return }
        switch result {
        case .success(let offset): offsets[index] = max(offset, Self.unknown)
        case .failure(let failure):
            offsets[index] = Self.unknown
            error = error ?? failure
        }
        openCount -= 1
        if openCount == 0 { resume() }
    }

    func failOpen(_ error: KafkaError) {
        for index in offsets.indices where offsets[index] == Self.open { report(index, .failure(error)) }
    }

    func wait(_ continuation: CheckedContinuation<[Int64], any Error>) {
        if case .gone = waiter {
            continuation.resume(throwing: CancellationError())
            return
        }
        waiter = .waiting(continuation)
        if openCount == 0 { resume() }
    }

    func cancel() {
        if case .waiting(let continuation) = waiter { continuation.resume(throwing: CancellationError()) }
        waiter = .gone
    }

    private func resume() {
        guard case .waiting(let continuation) = waiter else { return }
        waiter = .gone
        if let error {
            continuation.resume(throwing: error)
        } else {
            continuation.resume(returning: offsets)
        }
    }
}

/// All that has been sent and not yet been reported, in the order of the calls. Records are numbered, and the number
/// is what librdkafka carries: no pointer to be wrong, no dictionary, and a replaced producer is given the same again.
struct SendWindow {
    private var batches: [SendBatch] = []
    /// Batches before this are over.
    private var head = 0
    /// The first batch that is not handed over completely.
    private var cursor = 0
    /// Reports come in rows of one batch.
    private var latest = 0
    private(set) var nextSequence = 1

    /// - Returns: the number by which to find the batch again.
    mutating func append(_ records: [OutgoingRecord]) -> Int {
        let batch = SendBatch(first: nextSequence, records: records)
        nextSequence += records.count
        batches.append(batch)
        return batch.first
    }

    var isEmpty: Bool { openCount == 0 }

    /// Records without a report.
    var openCount: Int { batches[head...].reduce(0) { $0 + $1.openCount } }

    var isFed: Bool { cursor == batches.count }

    /// Hands over in order until one does not go.
    /// - Parameter produce: false to stop here. A record that is done with, however, is to be reported, and true.
    mutating func feed(_ produce: (_ record: OutgoingRecord, _ sequence: Int, _ batch: SendBatch) -> Bool) {
        while cursor < batches.count {
            let batch = batches[cursor]
            while batch.handed < batch.records.count {
                let index = batch.handed
                if batch.offsets[index] == SendBatch.open {
                    guard produce(batch.records[index], batch.first + index, batch) else { return }
                }
                batch.handed = index + 1
            }
            cursor += 1
        }
    }

    /// Everything that is open is to be handed over again, from the first.
    mutating func rewind() {
        for batch in batches[head...] { batch.handed = 0 }
        cursor = head
    }

    /// Fails what is open of the records numbered below `end`.
    func failOpen(before end: Int, _ error: KafkaError) {
        for batch in batches[head...] where batch.first < end { batch.failOpen(error) }
    }

    mutating func report(_ sequence: Int, _ result: Result<Int64, KafkaError>) {
        guard let batch = find(sequence) else { return }
        batch.report(sequence - batch.first, result)
    }

    mutating func wait(_ first: Int, _ continuation: CheckedContinuation<[Int64], any Error>) {
        // Cancelled, and over, before its caller came to wait.
        guard let batch = find(first) else { return continuation.resume(throwing: CancellationError()) }
        batch.wait(continuation)
    }

    mutating func cancel(_ first: Int) {
        if let batch = find(first), batch.first == first { batch.cancel() }
    }

    /// Lets go of what is over at the front.
    mutating func trim() {
        while head < cursor && batches[head].isOver { head += 1 }
        // Moving the rest costs at most as much as what went before it.
        guard head > 0 && head * 2 >= batches.count else { return }
        batches.removeFirst(head)
        cursor -= head
        latest = 0
        head = 0
    }

    private mutating func find(_ sequence: Int) -> SendBatch? {
        if latest < batches.count, contains(batches[latest], sequence) { return batches[latest] }
        var low = head
        var high = batches.count
        while low < high {
            let middle = (low + high) / 2
            let batch = batches[middle]
            if sequence < batch.first {
                high = middle
            } else if sequence >= batch.first + batch.records.count {
                low = middle + 1
            } else {
                latest = middle
                return batch
            }
        }
        return nil
    }

    private func contains(_ batch: SendBatch, _ sequence: Int) -> Bool {
        sequence >= batch.first && sequence < batch.first + batch.records.count
    }
}
