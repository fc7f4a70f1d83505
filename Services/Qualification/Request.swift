import Contracts
import Foundation
import GRDB

enum Outcome: String {
    case qualified, declined
}

/// One click on Qualify, as folded.
struct Request {
    let dealership: String
    let id: String
    let conversation: String
    let time: Timestamp
    let position: Int64
    let body: [UInt8]
    let outcome: Outcome?
    /// The outcome's body.
    let answer: [UInt8]?

    private init(_ row: Row) {
        dealership = row["dealership"]
        id = row["id"]
        conversation = row["conversation"]
        time = Timestamp(milliseconds: row["time"])
        position = row["position"]
        body = Array(blob: row["body"])
        outcome = (row["outcome"] as String?).flatMap(Outcome.init)
        answer = (row["answer"] as Data?).map { Array(blob: $0) }
    }

    func requested() throws -> QualifyRequested {
        try QualifyRequested(json: JSONView(body))
    }

    static func find(_ id: String, of dealership: String, in db: Database) throws -> Request? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM requests WHERE dealership = ? AND id = ?")
        return try Row.fetchOne(statement, arguments: [dealership, id]).map(Request.init)
    }

    /// The clicks without an outcome, in topic order.
    static func open(limit: Int, in db: Database) throws -> [Request] {
        let statement = try db.cachedStatement(
            sql: "SELECT * FROM requests WHERE outcome IS NULL ORDER BY position LIMIT ?")
        return try Row.fetchAll(statement, arguments: [limit]).map(Request.init)
    }
}
