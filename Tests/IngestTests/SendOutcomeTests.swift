import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Ingest

@Suite struct SendOutcomeTests {
    static let created = #"{"sid": "SM1", "status": "queued", "error_code": null, "error_message": null}"#

    @Test(
        arguments: [
            (201, SendOutcomeTests.created, .taken(sid: "SM1", status: "queued")),
            (200, SendOutcomeTests.created, .taken(sid: "SM1", status: "queued")),
            (
                201, #"{"sid": "SM1", "status": "failed", "error_code": 30004, "error_message": "Message\nblocked"}"#,
                .taken(sid: "SM1", status: "failed", code: 30004, reason: "Message blocked")
            ),
            (201, #"{"sid": "SM1"}"#, .taken(sid: "SM1", status: "")),
            // Taken, and nobody can say as what.
            (201, "", .unknown), (201, #"{"sid": "#, .unknown), (201, #"{"sid": "a b"}"#, .unknown),
            (
                400, #"{"code": 21610, "message": "Unsubscribed", "status": 400}"#,
                .refused(code: 21610, reason: "Unsubscribed")
            ),
            (401, "", .refused(code: nil, reason: "status 401")),
            (404, "<html>", .refused(code: nil, reason: "status 404")),
            (429, #"{"code": 20429, "message": "Too Many Requests"}"#, .notTaken(retryAfter: nil)),
            (503, #"{"code": 20503, "message": "Service Unavailable"}"#, .notTaken(retryAfter: nil)),
            // A proxy's, which may have handed it on.
            (503, "", .unknown), (503, "upstream connect error", .unknown),
            (500, "", .unknown), (502, "", .unknown), (504, "", .unknown), (408, "", .unknown), (301, "", .unknown),
        ] as [(Int, String, SendOutcome)])
    func answers(_ status: Int, _ body: String, _ outcome: SendOutcome) {
        #expect(SendOutcome(status: status, retryAfter: nil, body: Array(body.utf8)) == outcome)
    }

    @Test(
        arguments: [
            ("3", .seconds(3)), ("0", .zero), ("-1", nil), ("soon", nil), (nil, nil), ("99999999999", .seconds(300)),
            ("99999999999999999999999", nil),
        ] as [(String?, Duration?)])
    func retryAfter(_ header: String?, _ pause: Duration?) {
        #expect(SendOutcome(status: 429, retryAfter: header, body: []) == .notTaken(retryAfter: pause))
    }

    @Test func aReasonIsOneShortLine() {
        let body = #"{"code": 1, "message": "\#(String(repeating: "x", count: 900))"}"#
        guard case .refused(_, let reason) = SendOutcome(status: 400, retryAfter: nil, body: Array(body.utf8)) else {
            Issue.record("not refused")
            return
        }
        #expect(reason.count == Ingest.Limits.reasonCharacters)
    }

    @Test func noConnectionTookNothing() {
        let errors: [any Error] = [
            HTTPClientError.connectTimeout, HTTPClientError.tlsHandshakeTimeout,
            HTTPClientError.getConnectionFromPoolTimeout, IOError(errnoCode: ECONNREFUSED, reason: "connect"),
        ]
        for error in errors { #expect(SendOutcome(error) == .notTaken(retryAfter: nil), "\(error)") }
    }

    @Test func aLostAnswerIsUnknown() {
        let errors: [any Error] = [
            HTTPClientError.readTimeout, HTTPClientError.writeTimeout, HTTPClientError.deadlineExceeded,
            HTTPClientError.remoteConnectionClosed, HTTPClientError.cancelled, CancellationError(),
            IOError(errnoCode: ECONNRESET, reason: "read"), IOError(errnoCode: EPIPE, reason: "write"),
        ]
        for error in errors { #expect(SendOutcome(error) == .unknown, "\(error)") }
    }
}
