import Contracts
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore
import ServiceKit

/// `POST /v1/sms/twilio`: a text from a customer.
extension IngestService {
    func addTexts(to router: Router<AppContext>) {
        router.post("v1/sms/twilio") { request, context in
            let twilio = try requireTwilio()
            let form = FormBody(try await request.form(upTo: Limits.webhookBytes))
            try check(request, form, twilio, url: twilio.signedURL(query: request.uri.query))
            let text = try InboundText(form)
            guard text.accountSid == twilio.accountSid else { throw Self.foreignAccount }
            guard let dealership = service.dealerships.owning(smsNumber: text.to) else {
                // Twilio calls us for a number that nobody here has: what customers write to it is lost until it is.
                context.logger.error("a text came to a number that is no dealership's: see smsNumbers")
                Counter(label: "dc_texts_misdirected").increment()
                throw Problem(.notFound, "unknown-number", "To is no dealership's number", field: "To")
            }
            let message = text.message(secret: twilio.conversationSecret.bytes)
            _ = try await accept(message, of: dealership, context.correlation)
            return Response(
                status: .ok, headers: [.contentType: "text/xml"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "<Response></Response>")))
        }
    }

    func requireTwilio() throws -> TwilioSettings {
        guard let twilio else {
            throw Problem(.notFound, "texting-not-configured", "no TWILIO_… variables are set")
        }
        return twilio
    }

    static var foreignAccount: Problem { .forbidden("foreign-account", "AccountSid is another account's") }

    /// - Parameter url: the address that Twilio called, as it is configured there.
    func check(_ request: Request, _ form: FormBody, _ twilio: TwilioSettings, url: String) throws {
        guard let name = HTTPField.Name("X-Twilio-Signature"), let signature = request.headers[name] else {
            throw Problem.forbidden("invalid-signature", "the header X-Twilio-Signature is missing")
        }
        guard twilio.signature.isValid(signature, url: url, parameters: form.parameters) else {
            throw Problem.forbidden(
                "invalid-signature",
                "X-Twilio-Signature does not fit the configured address, the token and the form")
        }
    }
}
