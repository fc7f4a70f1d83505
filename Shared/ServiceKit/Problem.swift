import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// An error as the client sees it: RFC 9457, `application/problem+json`.
///
/// Its body is `{type: "urn:directchat:problem:<code>", title, status, detail, code, field?, correlationId, …extras}`.
public struct Problem: Error, HTTPResponseError, Equatable {
    public var status: HTTPResponse.Status
    /// Short and stable, for programs: `texting-not-configured`.
    public var code: String
    /// For people; never what a customer wrote.
    public var detail: String
    /// The member of the body, or the parameter, that is wrong.
    public var field: String?
    public var retryAfterSeconds: Int?
    /// Further members of the body, such as `dealId`.
    public var extras: [String: String]
    /// Further headers, such as `Allow`.
    public var headers: HTTPFields

    public init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, field: String? = nil,
        retryAfterSeconds: Int? = nil, extras: [String: String] = [:], headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.retryAfterSeconds = retryAfterSeconds
        self.extras = extras
        self.headers = headers
    }

    public func response(from request: Request, context: some RequestContext) throws -> Response {
        response(correlationId: (context as? AppContext)?.correlationId ?? "")
    }

    func response(correlationId: String) -> Response {
        var members = extras
        members["type"] = "urn:directchat:problem:\(code)"
        members["title"] = status.reasonPhrase
        members["detail"] = detail
        members["code"] = code
        members["field"] = field
        members["correlationId"] = correlationId
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        let body = ProblemBody(status: status.code, members: members)
        // Strings and a number cannot fail to encode.
        let bytes = (try? Response.encoder.encode(body)) ?? Data()
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

private struct ProblemBody: Encodable {
    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let status: Int
    let members: [String: String]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(status, forKey: Key(stringValue: "status"))
        for (name, value) in members where name != "status" {
            try container.encode(value, forKey: Key(stringValue: name))
        }
    }
}
