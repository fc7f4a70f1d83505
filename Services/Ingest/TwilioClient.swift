import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceKit
import Shards

/// Hands a text to the provider, once.
protocol TextPosting: Sendable {
    func post(_ text: OutgoingText) async -> SendOutcome
}

/// Twilio's Messages resource: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource.
final class TwilioClient: TextPosting {
    private let settings: TwilioSettings
    private let logger: Logger
    private let http: HTTPClient

    init(_ settings: TwilioSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: TimeAmount(Limits.textConnect), read: TimeAmount(Limits.textPost)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Limits.sendsAtOnce
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // A client must be shut down before it goes.
        let http = http
        Task { try? await http.shutdown() }
    }

    func post(_ text: OutgoingText) async -> SendOutcome {
        let request = request(text)
        let http = http
        do {
            // The client's own time-out ends with the head.
            return try await SystemTime().deadline(Limits.textPost) {
                let response = try await http.execute(request, timeout: TimeAmount(Limits.textPost))
                // Without its body a refusal is one all the same.
                let body = try? await response.body.collect(upTo: Limits.textAnswerBytes)
                return SendOutcome(
                    status: Int(response.status.code), retryAfter: response.headers.first(name: "retry-after"),
                    body: body.map { Array(buffer: $0) } ?? [])
            }
        } catch {
            logger.debug("a text was not answered for", metadata: ["error": "\(error)"])
            return SendOutcome(error)
        }
    }

    func request(_ text: OutgoingText) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            url: "\(settings.apiURL)/2010-04-01/Accounts/\(settings.accountSid)/Messages.json")
        request.method = .POST
        let token = String(decoding: settings.token.bytes, as: UTF8.self)
        request.setBasicAuth(username: settings.accountSid, password: token)
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Accept", value: "application/json")
        // A kept connection that the other side is closing at that moment would make a text ambiguous.
        request.headers.add(name: "Connection", value: "close")
        let callback = settings.statusCallback(
            dealership: text.dealership, conversation: text.conversationId, message: text.messageId)
        let form = [("From", text.number), ("To", text.phone), ("Body", text.text), ("StatusCallback", callback)]
        let body = form.map { "\($0)=\(TwilioSettings.encoded($1))" }.joined(separator: "&")
        request.body = .bytes(ByteBuffer(string: body))
        return request
    }
}
