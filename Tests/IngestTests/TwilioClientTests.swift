import ArgumentParser
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceKit
import Shards
import Synchronization
import Testing

@testable import Ingest

@Suite struct TwilioClientTests {
    private static let token = "12345-twilio-token"
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func client(_ url: String) throws -> TwilioClient {
        let environment = [
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DIRECTCHAT_DEALERSHIPS": try dealerships(),
            "DIRECTCHAT_STAFF_JWT_SECRET": "staff-secret-0123456789-abcdefghij",
            "DIRECTCHAT_SMS_SECRET": "sms-secret-0123456789-abcdefghijkl", "TWILIO_ACCOUNT_SID": "AC1",
            "TWILIO_AUTH_TOKEN": Self.token, "TWILIO_PUBLIC_URL": "https://edge.example.com/sms",
            "TWILIO_API_URL": url,
        ]
        let settings = try ServiceSettings(
            name: "ingest", port: 25_501, options: ServiceOptions.parse([]),
            environment: EnvironmentLookup(environment))
        let twilio = try #require(try TwilioSettings(settings))
        return TwilioClient(twilio, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func dealerships() throws -> String {
        let file = folder.url.appending(path: "dealerships.json")
        try JSONEncoder().encode([Dealership(id: "north", name: "North", timeZone: "America/Denver")]).write(to: file)
        return file.path
    }

    private func text(_ words: String = "Yes & no: 50% off 🚗") async throws -> OutgoingText {
        let world = try TextWorld()
        try await world.reply("a", words)
        return try await world.next()
    }

    @Test func aTextAsTwilioTakesIt() async throws {
        struct Call { var path: String; var headers: HTTPFields; var form: FormBody }
        let calls = Mutex<[Call]>([])
        let router = Router()
        router.post("/2010-04-01/Accounts/AC1/Messages.json") { request, _ in
            let body = try await request.body.collect(upTo: 10_000)
            let form = FormBody(body.readableBytesView)
            calls.withLock { $0.append(Call(path: request.uri.path, headers: request.headers, form: form)) }
            return Response(
                status: .created, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: SendOutcomeTests.created)))
        }
        let text = try await text()
        try await Application(router: router).test(.live) { server in
            let port = try #require(server.port)
            let twilio = try client("http://localhost:\(port)")
            #expect(await twilio.post(text) == .taken(sid: "SM1", status: "queued"))
        }
        let call = try #require(calls.withLock { $0.first })
        #expect(calls.withLock { $0.count } == 1)
        let credentials = Data("AC1:\(Self.token)".utf8).base64EncodedString()
        #expect(call.headers[.authorization] == "Basic \(credentials)")
        #expect(call.form["From"] == TextWorld.number && call.form["To"] == TextWorld.phone)
        #expect(call.form["Body"] == "Yes & no: 50% off 🚗")
        #expect(
            call.form["StatusCallback"]
                == "https://edge.example.com/sms/status?dealership=north&conversation=sms-0123&message=sms-0123.s.a")
    }

    @Test func nobodyThere() async throws {
        let text = try await text()
        // A port that was free a moment ago, and a name that never is one.
        for url in ["http://127.0.0.1:1", "http://localhost:1", "http://nowhere.invalid"] {
            let twilio = try client(url)
            #expect(await twilio.post(text) == .notTaken(retryAfter: nil), "\(url)")
        }
    }
}
