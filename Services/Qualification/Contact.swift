import Contracts
import Foundation
import ServiceKit

/// Checks and normalises what staff typed: a name, and a way to reach the customer.
enum Contact {
    /// - Throws: a 400 or 422 problem that names the field, such as `customer.phone`.
    static func entry(_ json: JSONView) throws -> ContactEntry {
        let first = try name(json.string("firstName"), "customer.firstName")
        let last = try name(json.string("lastName"), "customer.lastName")
        let email = try trimmed(json.optionalString("email")).map { text in
            guard let email = Self.email(text) else {
                throw invalid("customer.email is not an e-mail address", "customer.email")
            }
            return email
        }
        let phone = try trimmed(json.optionalString("phone")).map { text in
            guard let phone = Self.phone(text) else {
                throw invalid(
                    "customer.phone is neither a number of 10 digits nor an international one with +", "customer.phone")
            }
            return phone
        }
        guard email != nil || phone != nil else {
            throw Problem.unprocessable(
                "contact-required", "customer.email or customer.phone is required", field: "customer.email")
        }
        return ContactEntry(firstName: first, lastName: last, email: email, phone: phone)
    }

    private static func name(_ text: String, _ field: String) throws -> String {
        guard let name = trimmed(text) else { throw invalid("\(field) is empty", field) }
        guard name.unicodeScalars.count <= Limits.nameCharacters else {
            throw invalid("\(field) is longer than \(Limits.nameCharacters) characters (Unicode scalars)", field)
        }
        guard !name.hasControlCharacters else {
            throw invalid("\(field) has control characters", field)
        }
        return name
    }

    /// An address that may exist, in lower case; nil for what cannot.
    static func email(_ text: String) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= Limits.emailBytes,
            (1...Limits.emailLocalBytes).contains(parts[0].utf8.count)
        else { return nil }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy(isHostLabel), parts[0].unicodeScalars.allSatisfy(isPlausible) else {
            return nil
        }
        return text.lowercased()
    }

    /// What may stand before the `@` unquoted, in any script.
    private static func isPlausible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (33..<127).contains(scalar.value) && !"\"(),:;<>[\\]".unicodeScalars.contains(scalar)
        }
        return !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
    }

    private static func isHostLabel(_ label: Substring) -> Bool {
        !label.isEmpty && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.unicodeScalars.allSatisfy { $0 == "-" || isDigit($0) || $0.properties.isAlphabetic }
    }

    /// A number as E.164, such as `+13145550123`; nil for what is none. Without `+` it is a number of North America.
    static func phone(_ text: String) -> String? {
        let isInternational = text.hasPrefix("+")
        var digits = ""
        for scalar in text.unicodeScalars.dropFirst(isInternational ? 1 : 0) {
            if isDigit(scalar) {
                digits.unicodeScalars.append(scalar)
            } else if !" ()-./\u{A0}\u{2010}\u{2011}\u{2013}".unicodeScalars.contains(scalar) {
                return nil
            }
        }
        if isInternational {
            return Limits.phoneDigits.contains(digits.count) && !digits.hasPrefix("0") ? "+" + digits : nil
        }
        if digits.count == 10 { return "+1" + digits }
        return digits.count == 11 && digits.hasPrefix("1") ? "+" + digits : nil
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        (48...57).contains(scalar.value)
    }

    /// Nil where nothing was typed.
    private static func trimmed(_ text: String?) -> String? {
        guard let text = text?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        return text
    }

    private static func invalid(_ detail: String, _ field: String) -> Problem {
        Problem.unprocessable("invalid-field", detail, field: field)
    }
}
