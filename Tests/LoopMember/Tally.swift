import Contracts
import Foundation
import GRDB
import Shards

/// The smallest service: counts what customers say, and owes one answer a message.
struct Tally: ShardLogic {
    static let answers = "qualify.declined"
    var schemaVersion = 1
    var limit: Int?
    let service = "tally"
    let lead = Feed.kept(.messages)
    let follows = [Feed.kept(.qualifications), Feed.fromStart(.presence), Feed.memory(.typing)]
    let canonicalTables = ["said", "answered"]
    var holdAbove: (topic: Topic, records: Int)? { limit.map { (.qualifications, $0) } }

    func createTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS said (
                    id TEXT PRIMARY KEY, text TEXT, at INTEGER, offset INTEGER, dealership TEXT);
                CREATE TABLE IF NOT EXISTS answered (id TEXT PRIMARY KEY);
                CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, at INTEGER);
                """)
    }

    func forget(_ topic: Topic, in db: Database) throws {
        try db.execute(sql: "DELETE FROM seen")
    }

    func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {
        switch event.type {
        case MessageReceived.type:
            let message: MessageReceived = try event.payload()
            try db.execute(
                sql: "INSERT OR IGNORE INTO said VALUES (?, ?, ?, ?, ?)",
                arguments: [event.id, message.text, event.time.milliseconds, coordinates.offset, event.dealership])
            // A fold that refuses after it has written: nothing of it may stay.
            if message.text == "refuse late" { throw MalformedEvent("too-late", "refused after writing") }
        case QualifyDeclined.type:
            let answer: QualifyDeclined = try event.payload()
            try db.execute(sql: "INSERT OR IGNORE INTO answered VALUES (?)", arguments: [answer.requestId])
        case PresenceChanged.type:
            try db.execute(
                sql: "INSERT OR REPLACE INTO seen VALUES (?, ?)", arguments: [event.key, event.time.milliseconds])
        case ConversationClosed.type where schemaVersion > 1:
            try db.execute(
                sql: "INSERT OR IGNORE INTO said VALUES (?, 'closed: cannot be answered', ?, ?, ?)",
                arguments: [event.id, event.time.milliseconds, coordinates.offset, event.dealership])
        default:
            throw UnknownEventType()
        }
    }

    func owed(_ ledger: Ledger, now: Timestamp) throws {
        let open = try Row.fetchAll(
            ledger.db,
            sql: """
                SELECT id, at, text, dealership FROM said WHERE id NOT IN (SELECT id FROM answered) ORDER BY offset
                """)
        for row in open {
            let (id, at, text, dealership): (String, Int64, String, String) = (row[0], row[1], row[2], row[3])
            try ledger.owe(.qualifications, id: id + ".answer") {
                if text.hasSuffix("cannot be answered") { throw MalformedEvent("no-answer", "") }
                let count = try Int.fetchOne(ledger.db, sql: "SELECT count(*) FROM answered") ?? 0
                return Event(
                    QualifyDeclined(requestId: id, conversationId: "c", reason: "answer \(count)", dealId: nil),
                    id: id + ".answer", dealership: dealership, service: service, time: Timestamp(milliseconds: at))
            }
        }
    }
}
