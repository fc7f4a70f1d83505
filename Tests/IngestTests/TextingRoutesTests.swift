import ArgumentParser
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceKit
import Testing

@testable import Ingest

/// The addresses that Twilio calls, of a service whose broker does not answer.
@Suite struct TextingRoutesTests {
    private let folder: TemporaryFolder
    private static let token = "12345-twilio-token"

    init() throws { folder = try TemporaryFolder() }

    private func service(_ changes: [String: String?] = [:]) throws -> IngestService {
        let path = folder.url.appending(path: "dealerships.json").path
        let north = Dealership(
            id: "north", name: "North", timeZone: "America/Denver", smsNumbers: ["+13145550100"])
        try JSONEncoder().encode([north]).write(to: URL(fileURLWithPath: path))
        var environment: [String: String?] = [
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DIRECTCHAT_DEALERSHIPS": path,
            "DIRECTCHAT_STAFF_JWT_SECRET": "staff-secret-0123456789-abcdefghij",
            "DIRECTCHAT_VISITOR_SECRET": "visitor-secret-0123456789-abcdefgh",
            "DIRECTCHAT_SMS_SECRET": "sms-secret-0123456789-abcdefghijkl",
            "DIRECTCHAT_DATA_DIR": folder.url.appending(path: UUID().uuidString).path,
            "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": Self.token,
            "TWILIO_PUBLIC_URL": "https://edge.example.com/v1/sms/twilio",
        ]
        environment.merge(changes) { $1 }
        let settings = try ServiceSettings(
            name: "ingest", port: 25_500, options: ServiceOptions.parse([]),
            environment: EnvironmentLookup(environment.compactMapValues { $0 }))
        return try IngestService(
            settings: settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private struct Answer {
        var status: HTTPResponse.Status
        var body: String
        var retryAfter: String?
    }

    /// - Parameter sign: the address that is signed; nil sends no signature.
    private func post(
        _ path: String, _ form: String, sign url: String?, to service: IngestService
    ) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        if let url, let name = HTTPField.Name("X-Twilio-Signature") {
            let text = url + TwilioSignature.text(of: FormBody(form.utf8).parameters)
            let key = SymmetricKey(data: Data(Self.token.utf8))
            headers[name] = Data(HMAC<Insecure.SHA1>.authenticationCode(for: Data(text.utf8), using: key))
                .base64EncodedString()
        }
        return try await Application(router: service.router()).test(.router) { [headers] client in
            try await client.execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: form)) {
                Answer(status: $0.status, body: String(buffer: $0.body), retryAfter: $0.headers[.retryAfter])
            }
        }
    }

    private let query = "dealership=north&conversation=sms-1&message=sms-1.s.m1"
    private let report = "AccountSid=AC1&MessageSid=SM1&MessageStatus=delivered"
    private let status = "https://edge.example.com/v1/sms/twilio/status"

    private func ask(_ query: String, _ form: String) async throws -> Answer {
        try await post("/v1/sms/twilio/status?\(query)", form, sign: "\(status)?\(query)", to: try service())
    }

    @Test func aSignedReportIsTakenOnceTheSpoolIsOpen() async throws {
        let answer = try await ask(query, report)
        #expect(answer.status == .serviceUnavailable && answer.body.contains("stopping"))
        #expect(answer.retryAfter != nil)
        // A word that nobody knows is taken as any.
        #expect(try await ask(query, report + "_by_pigeon").status == .serviceUnavailable)
    }

    @Test func whatIsNotSignedIsForbidden() async throws {
        let path = "/v1/sms/twilio/status?\(query)"
        for url in [nil, status, "\(status)?\(query)&x=1", "https://edge.example.com\(path)x"] {
            let answer = try await post(path, report, sign: url, to: try service())
            #expect(answer.status == .forbidden && answer.body.contains("invalid-signature"), "\(url ?? "none")")
        }
        // Another text's id under the same signature.
        let other = try await post(path + "2", report, sign: "\(status)?\(query)", to: try service())
        #expect(other.status == .forbidden)
        // There is nothing that turns it off.
        let off = try service(["TWILIO_SKIP_SIGNATURE": "1", "TEST_MODE": "true"])
        #expect(try await post(path, report, sign: nil, to: off).status == .forbidden)
    }

    @Test func whatIsWrongIsNamed() async throws {
        for (query, form, code, field) in [
            (query, "AccountSid=AC1&MessageSid=SM1", "missing-field", "MessageStatus"),
            (query, "AccountSid=AC1&MessageStatus=sent", "missing-field", "MessageSid"),
            (query, "AccountSid=AC1&MessageSid=SM1&MessageStatus=a%20b", "invalid-field", "MessageStatus"),
            ("dealership=north&conversation=sms-1", report, "missing-field", "message"),
            ("conversation=sms-1&message=sms-1.s.m1", report, "missing-field", "dealership"),
            ("dealership=north&conversation=sms-2&message=sms-1.s.m1", report, "invalid-field", "message"),
        ] {
            let answer = try await ask(query, form)
            #expect(answer.status == .badRequest && answer.body.contains(code), "\(answer.body)")
            #expect(answer.body.contains(#""field":"\#(field)""#), "\(answer.body)")
        }
        let unknown = try await ask(query.replacing("north", with: "south"), report)
        #expect(unknown.status == .notFound && unknown.body.contains("unknown-dealership"))
        let foreign = try await ask(query, report.replacing("AC1", with: "AC2"))
        #expect(foreign.status == .forbidden && foreign.body.contains("foreign-account"))
    }

    @Test func theConfiguredAddressIsWhatIsSigned() async throws {
        let own = "https://hooks.example.com/reports"
        let service = try service(["TWILIO_STATUS_URL": own + "?who=us#rc=3"])
        let twilio = try #require(service.twilio)
        let callback = twilio.statusCallback(dealership: "north", conversation: "sms-1", message: "sms-1.s.m~1 &é")
        #expect(
            callback == own
                + "?who=us&dealership=north&conversation=sms-1&message=sms-1.s.m~1%20%26%C3%A9#rc=3")
        let sent = "who=us&\(query)"
        let path = "/v1/sms/twilio/status?\(sent)"
        #expect(try await post(path, report, sign: "\(own)?\(sent)", to: service).status == .serviceUnavailable)
        #expect(try await post(path, report, sign: "\(status)?\(sent)", to: service).status == .forbidden)
    }

    @Test func withoutTexting() async throws {
        let none = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PUBLIC_URL"].map { ($0, nil as String?) }
        let service = try service(Dictionary(uniqueKeysWithValues: none))
        for path in ["/v1/sms/twilio", "/v1/sms/twilio/status?\(query)"] {
            let answer = try await post(path, report, sign: status, to: service)
            #expect(answer.status == .notFound && answer.body.contains("texting-not-configured"))
        }
        #expect(service.texting().isEmpty)
    }

    @Test func settings() throws {
        let twilio = try #require(try service().twilio)
        #expect(twilio.statusURL == status && twilio.apiURL == "https://api.twilio.com")
        let withQuery = try #require(try service(["TWILIO_PUBLIC_URL": "https://a/sms?x=1#rc=2"]).twilio)
        #expect(withQuery.statusURL == "https://a/sms/status?x=1#rc=2" && withQuery.publicURL == "https://a/sms?x=1")
        let local = try #require(try service(["TWILIO_API_URL": "http://127.0.0.1:8085/"]).twilio)
        #expect(local.apiURL == "http://127.0.0.1:8085")
        for (name, value) in [("TWILIO_STATUS_URL", "edge"), ("TWILIO_API_URL", "ftp://x"), ("TWILIO_PUBLIC_URL", "x")]
        {
            let error = #expect(throws: ConfigurationError.self) { try service([name: value]) }
            #expect(error?.problems.first?.hasPrefix(name) == true)
        }
        for name in ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PUBLIC_URL", "DIRECTCHAT_SMS_SECRET"] {
            #expect(throws: ConfigurationError.self) { try service([name: nil]) }
        }
    }
}
