import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return encoder
    }()

    /// A JSON answer that nobody caches.
    public static func json(_ status: HTTPResponse.Status = .ok, _ value: some Encodable) throws -> Response {
        let bytes = try encoder.encode(value)
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// 204.
    public static var noContent: Response { Response(status: .noContent) }
}

/// A page of a list: `{items, next?}`.
public struct Page<Item: Encodable & Sendable>: Encodable, Sendable {
    public var items: [Item]
    /// The `?cursor=` of the next page.
    public var next: String?

    public init(_ items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }
}
