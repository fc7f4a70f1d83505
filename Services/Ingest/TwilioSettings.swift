import Contracts
import ServiceKit

/// What texting needs; from the environment alone.
struct TwilioSettings: Sendable {
    let accountSid: String
    let signature: TwilioSignature
    /// The primary one: what we sign in with.
    let token: Secret
    /// The webhook's address as Twilio calls it.
    let publicURL: String
    /// The address for reports about texts as Twilio calls it.
    let statusURL: String
    /// Where texts are posted to, without a slash at its end.
    let apiURL: String
    /// Of that address: it alone sees the token.
    let apiOrigin: MediaOrigin
    /// Makes conversation ids of phone numbers. Changing it begins every text conversation anew.
    let conversationSecret: Secret

    /// Nil without an account.
    ///
    /// - Throws: `ConfigurationError` if only a part of it is set.
    init?(_ settings: ServiceSettings) throws {
        let names = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PUBLIC_URL"]
        let values = names.map { settings.env($0) }
        // The address alone is none of it: a deployment knows that before it has an account.
        guard values[0] != nil || values[1] != nil else { return nil }
        guard let sid = values[0], let token = values[1], let url = values[2] else {
            let missing = zip(names, values).filter { $0.1 == nil }.map(\.0).joined(separator: ", ")
            throw ConfigurationError(["\(missing) not set: texting needs \(names.joined(separator: ", "))"])
        }
        // A fragment tells Twilio how to call, and is no part of what it calls.
        publicURL = String(
            try Self.address(url, "TWILIO_PUBLIC_URL", such: "https://www.example.com/sms").prefix { $0 != "#" })
        statusURL = try Self.address(
            settings.env("TWILIO_STATUS_URL") ?? Self.parts(url).path + "/status" + Self.parts(url).rest,
            "TWILIO_STATUS_URL", such: "https://www.example.com/sms/status")
        var api = settings.env("TWILIO_API_URL") ?? "https://api.twilio.com"
        while api.hasSuffix("/") { api.removeLast() }
        guard let origin = MediaOrigin(of: api), Self.parts(api).rest.isEmpty else {
            throw ConfigurationError(["TWILIO_API_URL: '\(api)' is no address such as https://api.twilio.com"])
        }
        (apiURL, apiOrigin) = (api, origin)
        guard Identifier.isValid(sid) else {
            throw ConfigurationError(["TWILIO_ACCOUNT_SID: '\(sid)' is no id such as AC0123456789abcdef"])
        }
        accountSid = sid
        self.token = Secret(Array(token.utf8))
        // Two are in use while they are changed: https://www.twilio.com/docs/iam/api/authtoken promotes the second.
        signature = TwilioSignature(tokens: [token, settings.env("TWILIO_AUTH_TOKEN_NEXT")].compactMap { $0 })
        conversationSecret = try settings.secret("DIRECTCHAT_SMS_SECRET")
    }

    /// What was signed: the address that Twilio has, with the query that this call came with.
    func signedURL(query: String?) -> String {
        guard let query, !query.isEmpty, !publicURL.contains("?") else { return publicURL }
        return "\(publicURL)?\(query)"
    }

    // MARK: Reports

    /// Where Twilio reports on one text. A fragment of the configured address stays at the end: there Twilio reads how
    /// often to call again.
    func statusCallback(dealership: String, conversation: String, message: String) -> String {
        let (path, rest) = Self.parts(statusURL)
        let cut = rest.firstIndex(of: "#") ?? rest.endIndex
        let query = [("dealership", dealership), ("conversation", conversation), ("message", message)]
            .map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
        return path + (cut == rest.startIndex ? "?" : rest[..<cut] + "&") + query + rest[cut...]
    }

    /// The address of a report as it was signed; the query is the call's own, which has the text's ids.
    func signedStatusURL(query: String?) -> String {
        let path = Self.parts(statusURL).path
        guard let query, !query.isEmpty else { return path }
        return "\(path)?\(query)"
    }

    /// An address up to its query or fragment, and the rest.
    private static func parts(_ url: String) -> (path: String, rest: String) {
        let cut = url.firstIndex { "?#".contains($0) } ?? url.endIndex
        return (String(url[..<cut]), String(url[cut...]))
    }

    /// As a query's value or a form's: all but RFC 3986's unreserved characters is escaped.
    static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }

    private static func address(_ url: String, _ name: String, such example: String) throws -> String {
        guard url.hasPrefix("https://") || url.hasPrefix("http://"), !url.contains(where: \.isWhitespace) else {
            throw ConfigurationError(["\(name): '\(url)' is no address such as \(example)"])
        }
        return url
    }
}
