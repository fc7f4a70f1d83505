import Contracts
import GRDB
import Kafka

/// A fold refused a record after it had written: the transaction cannot go on without a savepoint.
struct RefusedAfterWriting: Error {}

/// A record that became a dead letter.
struct Refusal: Sendable, Equatable {
    var topic: Topic
    var offset: Int64
    var reason: String
    var correlation = Correlation.none
}

/// What a batch did.
package struct BatchOutcome: Sendable, Equatable {
    /// The next offset of every topic that moved.
    var next: [Topic: Int64] = [:]
    /// The first and the last record folded of each kept topic.
    var first: [Topic: LogCheck.Expected] = [:]
    var last: [Topic: LogCheck.Expected] = [:]
    /// Topics whose first record was the one folded last, as it must be.
    var verified: Set<Topic> = []
    package var folded = 0
    /// The times of the last records.
    var times: [Topic: Int64] = [:]
    /// What was folded of kept topics, where that is asked for.
    var traced: [TracedRecord] = []
    /// The records refused.
    var refusals: [Refusal] = []
    var deadLetters: [String] { refusals.map(\.reason) }
    var skipped = 0
}

/// The records of one shard that came together, folded in one transaction. Synchronous; the caller has the transaction.
struct Batch<Logic: ShardLogic> {
    let records: [Record]
    let logic: Logic
    let partition: Int32
    let partitions: Int32
    let names: TopicNames
    let verifying: Set<Topic>
    /// A savepoint for every record. Without it a batch is a third faster, and a fold may refuse only before it writes.
    let savepoints: Bool
    var watch: RowWatch?
    /// Says of each record what it came of: wanted of live shards, and too much for a restore.
    var tracing = false

    func apply(in db: Database) throws -> BatchOutcome {
        var outcome = BatchOutcome()
        var positions = try ShardFile<Logic>.positions(db)
        var (first, last): ([Topic: Record], [Topic: Record]) = ([:], [:])
        let kinds = Dictionary(uniqueKeysWithValues: logic.feeds.map { ($0.topic, $0.kind) })
        for record in records {
            guard let topic = names.topic(named: record.topic), let kind = kinds[topic] else { continue }
            if kind == .kept {
                let position = positions[topic] ?? .init(next: 0, lastId: "")
                if verifying.contains(topic), !outcome.verified.contains(topic) {
                    try verify(record, topic, position)
                    outcome.verified.insert(topic)
                }
                // librdkafka may deliver a record twice around a leader change (2.1.0, 2.1.1, 2.4.0).
                guard record.offset >= position.next else { continue }
                try fold(record, topic, in: db, &outcome)
                positions[topic] = .init(next: record.offset + 1, lastId: position.lastId)
                if first[topic] == nil { first[topic] = record }
                last[topic] = record
            } else {
                try fold(record, topic, in: db, &outcome)
            }
            outcome.next[topic] = record.offset + 1
        }
        let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO _positions VALUES (?, ?, ?)")
        for (topic, record) in last {
            outcome.times[topic] = record.timestamp
            try statement.execute(arguments: [topic.rawValue, record.offset + 1, record.stamp])
        }
        // Only of those two: most would be made for nothing.
        outcome.first = first.mapValues(LogCheck.Expected.init)
        outcome.last = last.mapValues(LogCheck.Expected.init)
        return outcome
    }

    private func verify(_ record: Record, _ topic: Topic, _ position: ShardFile<Logic>.Position) throws {
        guard position.next > 0 else { return }
        let last = position.next - 1
        guard record.offset <= last else {
            throw LogTrouble(
                .trimmed, topic, "offset \(last) was folded and is gone; the log goes on at \(record.offset)")
        }
        guard record.offset == last, record.stamp == position.lastId else {
            throw LogTrouble(.otherRecord, topic, "another record stands at offset \(record.offset)")
        }
    }

    private func fold(_ record: Record, _ topic: Topic, in db: Database, _ outcome: inout BatchOutcome) throws {
        let event: Event
        let settlement: Settlement?
        do {
            settlement = try Settlement(record, on: topic, among: partitions)
            if let settlement { event = settlement.event } else { event = try decode(record) }
        } catch {
            return try refuse(record, topic, error, in: db, &outcome)
        }
        let coordinates = Coordinates(topic: topic, partition: record.partition, offset: record.offset)
        watch?.folding(coordinates)
        let isFolded = try settlement?.isToBeFolded(in: db) ?? true
        do {
            if isFolded { try fold(event, at: coordinates, in: db) }
            outcome.folded += 1
            // A corrected copy is as late as whoever corrected it: that says nothing of how fast we are.
            if tracing, settlement == nil {
                outcome.traced.append(
                    TracedRecord(
                        topic: topic, offset: record.offset, eventId: event.id, type: event.type,
                        correlation: event.correlation))
            }
        } catch let error as MalformedEvent {
            return try refuse(record, topic, error, in: db, &outcome)
        } catch is UnknownEventType {
            outcome.skipped += 1
            try db.cachedStatement(
                sql: """
                    INSERT INTO _skipped VALUES (?, ?, 1)
                    ON CONFLICT (topic, type) DO UPDATE SET count = count + 1
                    """
            ).execute(arguments: [topic.rawValue, event.type])
        }
        try settlement?.note(in: db)
    }

    private func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {
        if savepoints {
            try db.inSavepoint {
                try logic.fold(event, at: coordinates, in: db)
                return .commit
            }
        } else {
            let before = db.totalChangesCount
            do {
                try logic.fold(event, at: coordinates, in: db)
            } catch  where error is MalformedEvent || error is UnknownEventType {
                guard db.totalChangesCount == before else { throw RefusedAfterWriting() }
                throw error
            }
        }
    }

    func decode(_ record: Record) throws(MalformedEvent) -> Event {
        let event = try CloudEvents.event(key: record.key, value: record.value) { record.header($0) }
        guard Partitioner.partition(event.dealership, of: partitions) == record.partition else {
            throw MalformedEvent("wrong-partition", "the dealership's records stand on another partition")
        }
        return event
    }

    private func refuse(
        _ record: Record, _ topic: Topic, _ error: MalformedEvent, in db: Database, _ outcome: inout BatchOutcome
    ) throws {
        outcome.refusals.append(
            Refusal(
                topic: topic, offset: record.offset, reason: error.reason,
                correlation: Correlation { record.header($0) }))
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO _dead_letters VALUES (?, ?, ?, ?, ?, ?)").execute(
            arguments: [
                topic.rawValue, record.partition, record.offset,
                record.header("ce_id").map { String(decoding: $0.prefix(256), as: UTF8.self) }, error.reason,
                error.detail,
            ])
    }
}
