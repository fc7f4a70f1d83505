import AsyncHTTPClient
import Contracts
import Foundation
import NIOCore
import NIOPosix

/// What is known of a text after it was posted. Only what is certain is called so: a text that may have been taken is
/// never sent again.
enum SendOutcome: Sendable, Equatable {
    /// The provider has it. Its own words; a code and a reason where it has failed already.
    case taken(sid: String, status: String, code: Int64? = nil, reason: String? = nil)
    /// The provider will not have it.
    case refused(code: Int64?, reason: String)
    /// The provider has certainly not taken it, and another attempt may succeed.
    case notTaken(retryAfter: Duration?)
    /// Nobody knows.
    case unknown

    /// - Parameters:
    ///   - retryAfter: the header's value.
    ///   - body: as much of it as was read.
    init(status: Int, retryAfter: String?, body: [UInt8]) {
        let json = try? JSONView(body)
        switch status {
        case 200...299:
            guard let sid = try? json?.string("sid"), Identifier.isValid(sid) else {
                self = .unknown
                return
            }
            self = .taken(
                sid: sid, status: (try? json?.optionalString("status")) ?? "",
                code: (try? json?.optionalInteger("error_code")) ?? nil,
                reason: Self.words((try? json?.optionalString("error_message")) ?? nil))
        // Refused before anything was done with it: https://www.twilio.com/docs/usage/rate-limits.
        case 429: self = .notTaken(retryAfter: Self.seconds(retryAfter))
        // Twilio's own word, and not that of a proxy, which says so too where it has handed on what then broke.
        case 503 where Self.code(json) != nil: self = .notTaken(retryAfter: Self.seconds(retryAfter))
        // A proxy's word that a request took too long says nothing about who has it.
        case 408: self = .unknown
        case 400...499:
            self = .refused(
                code: Self.code(json),
                reason: Self.words((try? json?.optionalString("message")) ?? nil) ?? "status \(status)")
        default: self = .unknown
        }
    }

    /// - Parameter error: thrown by the client. One connection a request: nothing was written before it was made.
    init(_ error: any Error) {
        switch error {
        // A host's name fails with the errors of all its addresses, DNS's among them; an address with its own.
        case is NIOConnectionError: self = .notTaken(retryAfter: nil)
        case let error as IOError
        where [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH].contains(error.errnoCode):
            self = .notTaken(retryAfter: nil)
        case let error as HTTPClientError
        where [.connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout].contains(error):
            self = .notTaken(retryAfter: nil)
        default: self = .unknown
        }
    }

    private static func code(_ json: JSONView?) -> Int64? {
        (try? json?.optionalInteger("code")) ?? nil
    }

    /// For one line of the console.
    static func words(_ text: String?) -> String? {
        guard let text = text?.singleLine, !text.isEmpty else { return nil }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(Limits.reasonCharacters)))
    }

    /// Seconds alone: nobody sends the other form, a date.
    private static func seconds(_ text: String?) -> Duration? {
        guard let seconds = text.flatMap({ Int($0) }), seconds >= 0 else { return nil }
        return min(.seconds(min(seconds, 86_400)), Limits.releasedRestMost)
    }
}
