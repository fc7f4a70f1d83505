import Contracts
import GRDB
import Kafka

/// A record that settles a dead letter, as a shard folds it: for every service, so that each rebuild knows.
///
/// The corrected copy counts where the letter was refused and only there: a service that had folded the letter has the
/// event, and so has one that takes it since its code was mended and its state folded anew. The first decision that
/// could be folded counts, later ones do nothing.
struct Settlement {
    private let record: DeadLetterSettlement
    private let topic: Topic
    private let partition: Int32
    /// The corrected event's place is here; a letter that stood on a wrong partition has its copy elsewhere.
    private let isOwn: Bool

    /// Nil for every other record.
    init?(_ record: Record, on topic: Topic, among partitions: Int32) throws(MalformedEvent) {
        let found = try DeadLetterSettlement(value: record.value) { record.header($0) }
        guard let found, topic.retention == .kept else { return nil }
        let letter = found.letter
        guard letter.topic == topic.rawValue else {
            throw MalformedEvent("invalid-field", "letter.topic is not the record's topic")
        }
        let isHere = letter.partition == record.partition
        guard !isHere || letter.offset < record.offset else {
            throw MalformedEvent("invalid-field", "letter.offset is not before the record")
        }
        isOwn = found.event.map { Partitioner.partition($0.dealership, of: partitions) == record.partition } ?? false
        guard isHere || isOwn else {
            throw MalformedEvent(
                "wrong-partition", "neither the letter nor the corrected event belong on this partition")
        }
        (self.record, self.topic, partition) = (found, topic, record.partition)
    }

    /// The corrected event; of a decision without one something that is never folded.
    var event: Event {
        record.event
            ?? Event(
                id: record.id, type: DeadLetterDiscarded.type, dealership: "", service: "replay", subject: nil,
                time: record.time, data: [])
    }

    func isToBeFolded(in db: Database) throws -> Bool {
        guard isOwn else { return false }
        return try isOpen(db)
    }

    /// Not settled before; and refused here, if it stood here.
    private func isOpen(_ db: Database) throws -> Bool {
        let letter = record.letter
        let isSettled = try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM _settled WHERE topic = ? AND partition = ? AND offset = ?"),
            arguments: [letter.topic, letter.partition, letter.offset])
        guard isSettled != true else { return false }
        guard letter.partition == partition else { return true }
        return try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM _dead_letters WHERE topic = ? AND offset = ?"),
            arguments: [letter.topic, letter.offset]) ?? false
    }

    /// After it was folded.
    func note(in db: Database) throws {
        guard try isOpen(db) else { return }
        let letter = record.letter
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO _settled VALUES (?, ?, ?, ?, ?, ?, ?, ?)").execute(
            arguments: [
                letter.topic, letter.partition, letter.offset, record.event == nil ? "discarded" : "amended", record.by,
                record.reason, record.time.milliseconds, record.id,
            ])
    }

    /// Of a row of dead letters joined with `_settled`.
    static func settled(_ row: Row) -> DeadLetter.Settled? {
        guard let decision: String = row["decision"] else { return nil }
        return DeadLetter.Settled(
            decision: decision, by: row["by"], reason: row["why"], at: Timestamp(milliseconds: row["at"]),
            eventId: row["settled_by"])
    }
}
