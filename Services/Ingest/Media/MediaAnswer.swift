import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// What a server's answer comes to.
enum MediaAnswer: Sendable {
    case moved(String)
    case content(type: String, bytes: [UInt8])

    /// Reads as much of it as may be read.
    ///
    /// - Parameter isAuthorized: the request had our credentials.
    /// - Throws: `MediaRefusal`, `MediaFailure`, or what the connection says.
    init(_ response: HTTPClientResponse, isAuthorized: Bool) async throws {
        let headers = response.headers
        switch response.status.code {
        case 200: break
        case 301, 302, 303, 307, 308:
            let locations = headers["Location"]
            guard locations.count == 1 else { throw MediaRefusal.invalidURL }
            self = .moved(locations[0])
            return
        // While the account's tokens are changed ours may be refused for a moment.
        case 401 where isAuthorized, 403 where isAuthorized: throw MediaFailure.status(Int(response.status.code))
        case 401, 403: throw MediaRefusal.forbidden
        case 404, 410: throw MediaRefusal.missing
        case 408, 425, 429, 500...: throw MediaFailure.status(Int(response.status.code))
        default: throw MediaRefusal.status
        }
        guard headers["Content-Encoding"].allSatisfy({ $0.lowercased() == "identity" }) else {
            throw MediaRefusal.encoding
        }
        let declared = try MediaType.declared(headers["Content-Type"])
        if let length = headers.first(name: "Content-Length"), Int(length).map({ $0 > MediaLimits.bytes }) ?? true {
            throw MediaRefusal.size
        }
        let bytes = try await Self.bytes(response.body)
        self = .content(type: try MediaType.verified(declared, bytes), bytes: bytes)
    }

    private static func bytes(_ body: HTTPClientResponse.Body) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body {
            guard bytes.count + piece.readableBytes <= MediaLimits.bytes else { throw MediaRefusal.size }
            bytes.append(contentsOf: piece.readableBytesView)
        }
        // A body that ended because nobody waits for it any more is not whole.
        try Task.checkCancellation()
        guard !bytes.isEmpty else { throw MediaRefusal.empty }
        return bytes
    }
}
