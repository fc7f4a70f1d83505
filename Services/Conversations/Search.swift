import Contracts
import Foundation
import GRDB

/// What is looked for in the Conversations Menu, as a condition on a conversation `c` and its contact `k`.
///
/// - Of the customer's name, e-mail and numbers each word must be found, in any order: "Ortiz, Ana". Upper and lower
///   case and marks do not count, in any script: SQLite knows the case of ASCII letters only, so the contact carries
///   its folded text.
/// - A number is found however it is punctuated.
/// - Of the messages one must have the text as it was typed, in any case. All messages of the dealership are looked
///   through where nothing is found: 100,000 take some 0.2 s.
struct Search {
    let words: [String]
    let digits: String?
    /// The text in other cases, where it has letters whose case SQLite does not know.
    let texts: [String]

    init(_ typed: String) {
        words = Self.folded(typed).split { $0.isWhitespace || $0 == "," }.map(String.init)
        digits = Self.digits(typed)
        guard !typed.utf8.allSatisfy({ $0 < 128 }) else {
            texts = [typed]
            return
        }
        let lower = typed.lowercased()
        let begun = lower.prefix(1).uppercased() + lower.dropFirst()
        var seen: Set<String> = []
        texts = [typed, lower, typed.uppercased(), begun].filter { seen.insert($0).inserted }
    }

    /// The arguments are named `word0`, `text0`, `digits` and so on.
    var condition: (sql: String, arguments: StatementArguments) {
        var arguments: StatementArguments = [:]
        var alternatives: [String] = []
        if !words.isEmpty {
            let found = words.indices.map { "instr(k.search, :word\($0)) > 0" }
            alternatives.append("(\(found.joined(separator: " AND ")))")
            // Whom staff texted first: as they are known elsewhere, or as staff called them.
            let begun = words.indices.map {
                "(instr(x.search, :word\($0)) > 0 OR instr(lower(c.begun_name), :word\($0)) > 0)"
            }
            alternatives.append(
                """
                (c.kind = 'text' AND EXISTS (
                    SELECT 1 FROM (SELECT 1) LEFT JOIN contacts x
                        ON x.dealership = c.dealership AND x.customer = c.begun_customer
                    WHERE \(begun.joined(separator: " AND "))))
                """)
            for (index, word) in words.enumerated() { _ = arguments.append(contentsOf: ["word\(index)": word]) }
        }
        if let digits {
            alternatives += ["instr(k.phones, :digits) > 0", "instr(c.customer_number, :digits) > 0"]
            _ = arguments.append(contentsOf: ["digits": digits])
        }
        let likes = texts.indices.map { #"s.text LIKE :text\#($0) ESCAPE '\'"# }
        alternatives.append(
            """
            EXISTS (SELECT 1 FROM messages s WHERE s.conversation = c.began AND (\(likes.joined(separator: " OR "))))
            """)
        for (index, text) in texts.enumerated() {
            _ = arguments.append(contentsOf: ["text\(index)": Self.pattern(text)])
        }
        return ("(\(alternatives.joined(separator: " OR ")))", arguments)
    }

    /// What of a customer can be found by its words.
    static func text(of customer: Customer) -> String {
        folded(([customer.firstName, customer.lastName] + customer.emails + customer.phones).joined(separator: "\n"))
    }

    /// Lower case, and letters without their marks: whoever looks for "Pena" means "Peña" too.
    static func folded(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 128 }) { return text.lowercased() }
        let scalars = text.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars
        return String(scalars.filter { $0.properties.generalCategory != .nonspacingMark })
    }

    /// `%` and `_` stand for themselves.
    private static func pattern(_ text: String) -> String {
        var escaped = ""
        for character in text {
            if character == "%" || character == "_" || character == #"\"# { escaped.append(#"\"#) }
            escaped.append(character)
        }
        return "%\(escaped)%"
    }

    /// The digits of what looks like a part of a phone number, as people write it; numbers are stored without spaces.
    private static func digits(_ text: String) -> String? {
        let punctuation = " ()+-./\u{A0}\u{2010}\u{2011}\u{2013}".unicodeScalars
        guard text.unicodeScalars.allSatisfy({ isDigit($0) || punctuation.contains($0) }) else { return nil }
        let digits = String(text.unicodeScalars.filter(isDigit))
        return digits.utf8.count >= Limits.searchDigits ? digits : nil
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        (48...57).contains(scalar.value)
    }
}
