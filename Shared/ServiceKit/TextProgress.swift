import Contracts
import Foundation

/// Why a text failed.
public struct TextError: Sendable, Equatable, Encodable {
    /// The provider's.
    public let code: Int64?
    /// In the provider's words, or one of `TextStatus.Reason`.
    public let reason: String?
}

/// How far a text has come, read with its message.
struct TextProgress {
    let status: String
    let error: TextError?

    /// One column, so that messages from the website pay nothing for it.
    static let column = """
        (SELECT json_array(rank, error_code, reason) FROM texts t WHERE t."offset" = m."offset")
        """

    /// - Returns: nil for a message of which nothing was recorded.
    init?(json: String?) throws {
        guard let json else { return nil }
        let stored = try JSONDecoder().decode(Stored.self, from: Data(json.utf8))
        status = TextStatus.shown(rank: stored.rank)
        error = stored.rank == TextStatus.terminalRank ? TextError(code: stored.code, reason: stored.reason) : nil
    }

    private struct Stored: Decodable {
        let rank: Int64
        let code: Int64?
        let reason: String?

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            rank = try container.decode(Int64.self)
            code = try container.decodeIfPresent(Int64.self)
            reason = try container.decodeIfPresent(String.self)
        }
    }
}

/// One file that came with a text.
public struct Attachment: Sendable, Equatable, Codable {
    /// Its place in the text, from 0.
    public let index: Int64
    /// What the provider said it is; once it is stored, what it is.
    public let contentType: String
    /// `pending`, `stored` or `refused`.
    public let state: String
    /// Its length, once it is stored.
    public let bytes: Int64?
    /// Why it was refused.
    public let reason: String?

    static let column = """
        (SELECT json_group_array(json_object('index', idx, 'contentType', content_type, 'state', state, 'bytes', bytes,
            'reason', reason)) FROM attachments a WHERE a."offset" = m."offset")
        """

    /// - Returns: nil for a text alone.
    static func list(json: String?) throws -> [Attachment]? {
        guard let json, json != "[]" else { return nil }
        return try JSONDecoder().decode([Attachment].self, from: Data(json.utf8)).sorted { $0.index < $1.index }
    }
}
