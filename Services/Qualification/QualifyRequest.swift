import Contracts
import Foundation
import GRDB

enum Outcome: String, Sendable {
    case qualified, declined
}

/// A click's outcome, as the log has it.
enum Answer: Sendable {
    case qualified(ConversationQualified)
    case declined(QualifyDeclined)
}

/// One click on Qualify, as folded.
struct QualifyRequest: Sendable {
    let dealership: String
    let id: String
    let conversation: String
    let time: Timestamp
    let position: Int64
    /// Nil where the log has lost the click and kept its outcome.
    let body: [UInt8]?
    let outcome: Outcome?
    /// The outcome's body.
    let answer: [UInt8]?
    /// What the click came of.
    let correlation: Correlation

    private init(_ row: Row) {
        dealership = row["dealership"]
        id = row["id"]
        conversation = row["conversation"]
        time = Timestamp(milliseconds: row["time"])
        position = row["position"]
        body = (row["body"] as Data?).map { Array(blob: $0) }
        outcome = (row["outcome"] as String?).flatMap(Outcome.init)
        answer = (row["answer"] as Data?).map { Array(blob: $0) }
        correlation = Correlation(row)
    }

    /// The id of a click's event.
    static func eventId(_ id: String) -> String { "\(id).requested" }

    /// `nil` where the log has lost the click.
    func requested() throws -> QualifyRequested? {
        try body.map { try QualifyRequested(json: JSONView($0)) }
    }

    /// `nil` while it has none.
    func answered() throws -> Answer? {
        guard let outcome, let answer else { return nil }
        let json = try JSONView(answer)
        switch outcome {
        case .qualified: return .qualified(try ConversationQualified(json: json))
        case .declined: return .declined(try QualifyDeclined(json: json))
        }
    }

    static func find(_ id: String, of dealership: String, in db: Database) throws -> QualifyRequest? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM requests WHERE dealership = ? AND id = ?")
        return try Row.fetchOne(statement, arguments: [dealership, id]).map(QualifyRequest.init)
    }

    /// The clicks without an outcome, in topic order.
    static func open(limit: Int, in db: Database) throws -> [QualifyRequest] {
        let statement = try db.cachedStatement(
            sql: "SELECT * FROM requests WHERE outcome IS NULL ORDER BY position LIMIT ?")
        return try Row.fetchAll(statement, arguments: [limit]).map(QualifyRequest.init)
    }
}
