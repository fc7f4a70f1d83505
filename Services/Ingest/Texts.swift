import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// `POST /v1/sms/twilio`: a text from a customer. Reports about texts sent (`…/status`) come with texting out; until
/// then that address is a 404.
extension IngestService {
    func addTexts(to router: Router<AppContext>) {
        router.post("v1/sms/twilio") { request, _ in
            guard let twilio else {
                throw Problem(.notFound, "texting-not-configured", "no TWILIO_… variables are set")
            }
            let form = FormBody(try await request.form(upTo: Limits.webhookBytes))
            try check(request, form, twilio)
            let text = try InboundText(form)
            guard text.accountSid == twilio.accountSid else {
                throw Problem.forbidden("foreign-account", "AccountSid is another account's")
            }
            guard let dealership = service.dealerships.owning(smsNumber: text.to) else {
                throw Problem(.notFound, "unknown-number", "To is no dealership's number", field: "To")
            }
            _ = try await accept(text.message(secret: twilio.conversationSecret.bytes), of: dealership)
            return Response(
                status: .ok, headers: [.contentType: "text/xml"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "<Response></Response>")))
        }
    }

    private func check(_ request: Request, _ form: FormBody, _ twilio: TwilioSettings) throws {
        guard let name = HTTPField.Name("X-Twilio-Signature"), let signature = request.headers[name] else {
            throw Problem.forbidden("invalid-signature", "the header X-Twilio-Signature is missing")
        }
        let url = twilio.signedURL(query: request.uri.query)
        guard twilio.signature.isValid(signature, url: url, parameters: form.parameters) else {
            throw Problem.forbidden(
                "invalid-signature", "X-Twilio-Signature does not fit TWILIO_PUBLIC_URL, the token and the form")
        }
    }
}
