import Contracts
import Foundation
import HTTPTypes
import Hummingbird

/// A bearer token's compact form. Only the Authorization header counts: what is in a URL is in logs and histories.
struct BearerToken: Sendable {
    let text: String

    /// - Throws: a 401 problem if there is none.
    init(_ request: Request) throws {
        guard let header = request.headers[.authorization], header.utf8.count <= Limits.tokenBytes else {
            throw Problem.unauthorized("no-token", "an Authorization: Bearer header is required")
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Problem.unauthorized("no-token", "an Authorization: Bearer header is required")
        }
        text = String(parts[1])
    }

    init(_ text: String) {
        self.text = text
    }

    struct Header: Decodable {
        var alg: String?
        var kid: String?
        var crit: [String]?
    }

    /// What the token claims about its own signature: only ever compared with what we expect.
    func header() throws -> Header {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let data = Self.base64URL(parts[0]),
            let header = try? JSONDecoder().decode(Header.self, from: data)
        else { throw Problem.unauthorized("invalid-token", "the token is no JWT") }
        return header
    }

    private static func base64URL(_ text: Substring) -> Data? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + padding)
    }
}
