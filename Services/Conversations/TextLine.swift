import Contracts
import Foundation
import GRDB
import ServiceKit

/// The two numbers between which a customer is texted, and whether they may be texted now.
struct TextLine: Encodable, Sendable, Equatable {
    enum Permission: String, Encodable, Sendable {
        /// Nothing was ever said: the customer texted first, or agreed on the website.
        case none
        case asked, granted, declined, stopped
    }

    /// The dealership's number.
    let from: String
    /// The customer's.
    let to: String
    let consent: Permission
    let quietUntil: Timestamp?
    /// Of one who was asked: the question never arrived for certain, or was answered with something else.
    var mayAskAgain: Bool?

    init(from: String, to: String, consent: Permission, quietUntil: Timestamp?, mayAskAgain: Bool? = nil) {
        self.mayAskAgain = mayAskAgain
        self.from = from
        self.to = to
        self.consent = consent
        self.quietUntil = quietUntil
    }

    /// - Returns: nil where nobody can be texted: the dealership has no such number any more, or the customer has none
    ///   that takes texts, as a short code.
    init?(
        dealership: String, number: String?, phone: String?, _ terms: TextTerms, in db: Database
    ) throws {
        guard let from = number ?? terms.numbers.first, terms.numbers.contains(from), let phone,
            PhoneNumber.e164(phone) == phone
        else { return nil }
        self.from = from
        to = phone
        switch try Threads().consent(dealership, from, phone, db) {
        case nil: consent = .none
        case .asked:
            consent = .asked
            if try !Threads().questionStands(dealership, from, phone, db) { mayAskAgain = true }
        case .granted: consent = .granted
        case .declined: consent = .declined
        case .stopped: consent = .stopped
        }
        quietUntil = terms.quietUntil
    }

    /// Of a conversation: its own numbers, or the one that the visitor shared and agreed to be texted at.
    init?(_ conversation: Conversation, _ terms: TextTerms, in db: Database) throws {
        try self.init(
            dealership: conversation.dealership, number: conversation.dealershipNumber,
            phone: conversation.customerNumber ?? conversation.contactPhone, terms, in: db)
    }

    /// Why no text may be sent now; nil: it may.
    func refusal(in timeZone: String) -> Problem? {
        switch consent {
        case .stopped: .unprocessable("opted-out", "the customer has opted out of texts from this number")
        case .asked:
            .unprocessable("consent-pending", "the customer has not answered yet whether they may be texted")
        case .declined: .unprocessable("consent-declined", "the customer has answered that they may not be texted")
        case .none, .granted: quiet(in: timeZone)
        }
    }

    /// Why no text may be sent at this hour; nil: one may.
    func quiet(in timeZone: String) -> Problem? {
        guard let time = quietUntil else { return nil }
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
        var style = Date.FormatStyle(date: .abbreviated, time: .shortened, locale: Locale(identifier: "en_US"))
        style.timeZone = TimeZone(identifier: timeZone) ?? .gmt
        var problem = Problem.unprocessable(
            "quiet-hours", "these are quiet hours: texts may be sent again from \(date.formatted(style)) on")
        problem.extras["until"] = time.description
        return problem
    }
}
