import Contracts
import GRDB
import Synchronization

/// One live shard, for request handlers and streams: snapshot reads, appends that wait for their own fold, wake-ups.
///
/// It is valid until the shard is lost; then every waiter gets `ShardUnavailable` and every stream of changes ends.
public final class Shard: Sendable {
    public let partition: Int32
    private let pool: DatabasePool
    private let log: EventLog
    private let time: any LoopTime
    private let disk: any LoopDisk
    private let state: Mutex<State>

    private struct Waiter {
        var topic: Topic
        var offset: Int64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var positions: [Topic: Int64]
        var waiters: [UInt64: Waiter] = [:]
        var changes: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextId: UInt64 = 0
        var recent = RecentRecords()
        var closed: ShardUnavailable?

        mutating func mint() -> UInt64 {
            nextId += 1
            return nextId
        }
    }

    init(
        partition: Int32, pool: DatabasePool, log: EventLog, positions: [Topic: Int64],
        time: any LoopTime = SystemTime(), disk: any LoopDisk = SystemDisk()
    ) {
        self.partition = partition
        self.pool = pool
        self.log = log
        self.time = time
        self.disk = disk
        state = Mutex(State(positions: positions))
    }

    // MARK: For handlers

    /// Reads one snapshot.
    public func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        if let closed = state.withLock({ $0.closed }) { throw closed }
        do {
            return try await disk.read(pool, body)
        } catch {
            // Closed meanwhile: the caller is to hear that, not what SQLite says of it.
            if let closed = state.withLock({ $0.closed }) { throw closed }
            throw error
        }
    }

    /// The next offset of every kept topic, in the snapshot that `db` reads.
    public static func positions(_ db: Database) throws -> [Topic: Int64] {
        let rows = try Row.fetchAll(db.cachedStatement(sql: "SELECT topic, next FROM _positions"))
        return Dictionary(
            rows.compactMap { row in Topic(rawValue: row[0]).map { ($0, row[1] as Int64) } },
            uniquingKeysWith: { $1 })
    }

    /// The next offset of every topic folded here, as of now.
    public var positions: [Topic: Int64] {
        state.withLock { $0.positions }
    }

    /// Appends an event and waits until it has been folded here, be it as a double or a dead letter.
    ///
    /// - Throws: `ShardUnavailable`, with `.unknownOutcome` where Kafka or the fold did not answer in time.
    public func append(_ event: Event, to topic: Topic) async throws -> Coordinates {
        let log = log
        Failpoint.reach("before-append")
        let coordinates = try await time.deadline(Limits.append) { try await log.append(event, to: topic) }
        Failpoint.reach("appended")
        guard coordinates.partition == partition else { throw ShardUnavailable(.nobody) }
        // In the log, nobody knows where: a repeat with the same id finds it.
        guard coordinates.offset >= 0 else { throw ShardUnavailable(.unknownOutcome) }
        try await reached(topic, coordinates.offset)
        return coordinates
    }

    /// Waits until the record at `offset` has been folded here.
    public func reached(_ topic: Topic, _ offset: Int64, within limit: Duration = Limits.folded) async throws {
        try await time.deadline(limit) { try await self.wait(topic, offset) }
    }

    /// Whether the record was refused.
    public func isDeadLetter(_ coordinates: Coordinates) async throws -> Bool {
        try await read { db in
            try Bool.fetchOne(
                db, sql: "SELECT 1 FROM _dead_letters WHERE topic = ? AND offset = ?",
                arguments: [coordinates.topic.rawValue, coordinates.offset]) ?? false
        }
    }

    /// An element after each batch that folded or observed something here, the newest only; ends with the shard.
    public func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id: UInt64? = state.withLock { state in
            guard state.closed == nil else { return nil }
            let id = state.mint()
            state.changes[id] = continuation
            return id
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.changes.removeValue(forKey: id) }
        }
        return stream
    }

    /// A stream tells the record at that place.
    ///
    /// - Returns: the record, when it was folded here and whether nobody told it before; nil for what is no news.
    public func tell(
        _ topic: Topic, _ offset: Int64
    ) -> (record: TracedRecord, foldedAt: ContinuousClock.Instant, isFirst: Bool)? {
        state.withLock { $0.recent.tell(topic, offset) }.map { ($0.record, $0.foldedAt, !$0.isTold) }
    }

    /// What the record at that place gives to those that it causes; nil where it was not folded here of late.
    public func consequence(of topic: Topic, _ offset: Int64) -> Correlation? {
        state.withLock { $0.recent[topic, offset] }.map { $0.correlation.caused(by: $0.eventId) }
    }

    /// Now, by the clock that `tell` goes by.
    public var instant: ContinuousClock.Instant { time.instant }

    // MARK: For the loop

    func noted(_ records: [TracedRecord]) {
        guard !records.isEmpty else { return }
        let now = time.instant
        state.withLock { $0.recent.note(records, at: now) }
    }

    func moved(_ next: [Topic: Int64]) {
        let (due, streams) = state.withLock { state in
            state.positions.merge(next) { max($0, $1) }
            let due = state.waiters.filter { state.positions[$0.value.topic, default: 0] > $0.value.offset }
            for id in due.keys { state.waiters.removeValue(forKey: id) }
            return (due.values.map(\.continuation), Array(state.changes.values))
        }
        for continuation in due { continuation.resume() }
        for stream in streams { stream.yield() }
    }

    func close(_ reason: ShardUnavailable) {
        let (waiters, streams) = state.withLock { state in
            state.closed = state.closed ?? reason
            defer { (state.waiters, state.changes) = ([:], [:]) }
            return (state.waiters.values.map(\.continuation), Array(state.changes.values))
        }
        for waiter in waiters { waiter.resume(throwing: reason) }
        for stream in streams { stream.finish() }
    }

    private func wait(_ topic: Topic, _ offset: Int64) async throws {
        let id = state.withLock { $0.mint() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if let closed = state.closed { return .failure(closed) }
                    if state.positions[topic, default: 0] > offset { return .success(()) }
                    // Cancelled before it was registered: the handler below has run already and found nothing.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(topic: topic, offset: offset, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }
}
