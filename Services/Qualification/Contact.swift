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
            guard let email = EmailAddress.normalised(text) else {
                throw invalid("customer.email is not an e-mail address", "customer.email")
            }
            return email
        }
        let phone = try trimmed(json.optionalString("phone")).map { text in
            guard let phone = PhoneNumber.e164(text) else {
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

    /// Nil where nothing was typed.
    private static func trimmed(_ text: String?) -> String? {
        guard let text = text?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        return text
    }

    private static func invalid(_ detail: String, _ field: String) -> Problem {
        Problem.unprocessable("invalid-field", detail, field: field)
    }
}
