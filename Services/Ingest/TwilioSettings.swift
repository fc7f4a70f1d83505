import Contracts
import ServiceKit

/// What texting in needs; from the environment alone.
struct TwilioSettings: Sendable {
    let accountSid: String
    let signature: TwilioSignature
    /// The webhook's address as Twilio calls it.
    let publicURL: String
    /// Makes conversation ids of phone numbers. Changing it begins every text conversation anew.
    let conversationSecret: Secret

    /// Nil if nothing of it is set.
    ///
    /// - Throws: `ConfigurationError` if only a part of it is set.
    init?(_ settings: ServiceSettings) throws {
        let names = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PUBLIC_URL"]
        let values = names.map { settings.env($0) }
        guard values.contains(where: { $0 != nil }) else { return nil }
        guard let sid = values[0], let token = values[1], let url = values[2] else {
            let missing = zip(names, values).filter { $0.1 == nil }.map(\.0).joined(separator: ", ")
            throw ConfigurationError(["\(missing) not set: texting in needs \(names.joined(separator: ", "))"])
        }
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw ConfigurationError(["TWILIO_PUBLIC_URL: '\(url)' is no address such as https://www.example.com/sms"])
        }
        accountSid = sid
        // Two are in use while they are changed: https://www.twilio.com/docs/iam/api/authtoken promotes the second.
        signature = TwilioSignature(tokens: [token, settings.env("TWILIO_AUTH_TOKEN_NEXT")].compactMap { $0 })
        publicURL = url
        conversationSecret = try settings.secret("DIRECTCHAT_SMS_SECRET")
    }

    /// What was signed: the address that Twilio has, with the query that this call came with.
    func signedURL(query: String?) -> String {
        guard let query, !query.isEmpty, !publicURL.contains("?") else { return publicURL }
        return "\(publicURL)?\(query)"
    }
}
