import Contracts
import Foundation
import GRDB

extension [UInt8] {
    /// Bytes as a column's value.
    var blob: Data { Data(self) }

    init(blob: Data) {
        self.init(blob)
    }
}

extension Correlation {
    /// A click's columns, or a deal's.
    init(_ row: Row) {
        self.init(
            id: row["correlation_id"], causationId: row["causation_id"],
            trace: (row["traceparent"] as String?).flatMap { Traceparent($0) })
    }
}

/// A list of texts in one column: e-mail addresses and E.164 numbers, which have no line breaks.
enum TextList {
    static func join(_ texts: [String]) -> String {
        texts.joined(separator: "\n")
    }

    static func split(_ column: String) -> [String] {
        column.split(separator: "\n").map(String.init)
    }
}

/// What `?q=` looks through, and how it is asked: SQLite's `LIKE` knows the case of ASCII letters only.
enum SearchText {
    static func of(_ customer: Customer) -> String {
        ([customer.firstName + " " + customer.lastName] + customer.emails + customer.phones)
            .joined(separator: "\n").lowercased()
    }

    /// A phone number is found however it is punctuated.
    static func asked(_ query: String) -> String {
        let text = query.trimmingCharacters(in: .whitespaces).lowercased()
        let punctuation: Set<Character> = ["+", "(", ")", "-", ".", " ", "/"]
        guard text.allSatisfy({ $0.isASCII && $0.isNumber || punctuation.contains($0) }) else { return text }
        return text.filter { $0.isNumber }
    }
}
