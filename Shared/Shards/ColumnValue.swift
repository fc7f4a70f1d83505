import Crypto
import GRDB

/// A value of a row, as JSON has it; a blob as text.
public enum ColumnValue: Codable, Sendable, Equatable, CustomStringConvertible {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)

    init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .text(String(decoding: data, as: UTF8.self))
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let number = try? container.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? container.decode(Double.self) {
            self = .real(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .integer(let number): try container.encode(number)
        case .real(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }

    public var description: String {
        switch self {
        case .null: "NULL"
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .text(let text): text
        }
    }

    /// Of this process: a phone number has too few values for a plain hash to hide it.
    private static let maskKey = SymmetricKey(size: .bits256)

    /// Text may be a person's: what is left tells whether two of one answer are the same. Ids may be shown.
    func masked(isKey: Bool) -> ColumnValue {
        guard case .text(let text) = self, !(isKey && Self.isId(text)) else { return self }
        let mark = HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: Self.maskKey).prefix(4)
            .map { String($0, radix: 16) }.joined(separator: "-")
        return .text("(\(text.unicodeScalars.count) characters, \(mark))")
    }

    /// No phone number and no address of anybody's.
    private static func isId(_ text: String) -> Bool {
        var hasLetter = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): hasLetter = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): break
            default: return false
            }
        }
        return hasLetter
    }
}

extension RowDifference {
    /// Without what a person wrote or can be found by.
    func masked() -> RowDifference {
        var masked = self
        masked.key = key.map { Column(name: $0.name, value: $0.value.masked(isKey: true)) }
        let keys = Set(key.map(\.name))
        masked.columns = columns.map {
            let isKey = keys.contains($0.name)
            return Change(
                name: $0.name, live: $0.live.masked(isKey: isKey), rebuilt: $0.rebuilt.masked(isKey: isKey))
        }
        return masked
    }
}
