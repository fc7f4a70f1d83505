import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The JSON object in the body.
    ///
    /// - Throws: a problem: 415 for another content type, 413 above `limit` bytes, 408 for a sender that dawdles, 400
    ///   for what is no JSON object.
    public func json(upTo limit: Int = Limits.bodyBytes) async throws -> JSONView {
        try requireType("application/json")
        return try JSONView(try await bytes(upTo: limit))
    }

    /// The body of a form (`application/x-www-form-urlencoded`), undecoded.
    public func form(upTo limit: Int = Limits.bodyBytes) async throws -> [UInt8] {
        try requireType("application/x-www-form-urlencoded")
        return try await bytes(upTo: limit)
    }

    /// The body, of whatever type.
    public func bytes(upTo limit: Int) async throws -> [UInt8] {
        Array(buffer: try await buffer(upTo: limit))
    }

    func buffer(upTo limit: Int) async throws -> ByteBuffer {
        if let length = headers[.contentLength].flatMap(Int.init), length > limit { throw Problem.tooLarge(limit) }
        let body = body
        return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask {
                do {
                    return try await body.collect(upTo: limit)
                } catch is NIOTooManyBytesError {
                    throw Problem.tooLarge(limit)
                }
            }
            group.addTask {
                try await Task.sleep(for: .seconds(Limits.bodySeconds))
                throw Problem(.requestTimeout, "body-timeout", "the body took more than \(Limits.bodySeconds) s")
            }
            defer { group.cancelAll() }
            guard let buffer = try await group.next() else { throw CancellationError() }
            return buffer
        }
    }

    private func requireType(_ expected: String) throws {
        let type = headers[.contentType]?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard type == expected else {
            throw Problem(.unsupportedMediaType, "unsupported-media-type", "the content type is not \(expected)")
        }
        guard headers[.contentEncoding].map({ $0.lowercased() == "identity" }) ?? true else {
            throw Problem(.unsupportedMediaType, "unsupported-media-type", "encoded bodies are not taken")
        }
    }

    /// A query parameter, decoded as forms are (`+` is a space, as browsers write it); nil where it is absent or empty.
    public func query(_ name: String) -> String? {
        for pair in (uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, Self.decoded(parts[0]) == name, !parts[1].isEmpty else { continue }
            // What cannot be decoded is there, and equals nothing: it must not read as absent.
            return Self.decoded(parts[1]) ?? ""
        }
        return nil
    }

    private static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }

    /// A query parameter that is an id; nil where it is absent or empty.
    /// - Throws: a 400 problem for what no id can be.
    public func identifier(_ name: String) throws -> String? {
        guard let text = query(name) else { return nil }
        guard Identifier.isValid(text) else {
            throw Problem.badRequest("invalid-parameter", "\(name) is not 1 to 64 of A-Z a-z 0-9 _ -", field: name)
        }
        return text
    }

    /// `?q=`, without what no text here has and without the spaces around it; nil where nothing is left.
    /// - Throws: a 400 problem for more than 200 characters.
    public func search() throws -> String? {
        guard let text = query("q")?.keepable.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else {
            return nil
        }
        guard text.unicodeScalars.count <= Limits.searchCharacters else {
            throw Problem.badRequest(
                "invalid-parameter", "q is longer than \(Limits.searchCharacters) characters (Unicode scalars)",
                field: "q")
        }
        return text
    }

    /// `?limit=`, within 1 to `maximum`.
    public func limit(default standard: Int, maximum: Int) throws -> Int {
        guard let text = query("limit") else { return standard }
        guard let value = Int(text), value > 0 else {
            throw Problem.badRequest("invalid-parameter", "limit is not a positive number", field: "limit")
        }
        return min(value, maximum)
    }
}
