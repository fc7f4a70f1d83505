/// A JSON object in place: one pass checks the syntax and remembers where the top-level members stand; a member is
/// decoded when asked for. Foundation's decoder alone costs a third of a fold, so events are read with this.
///
/// Unknown members are skipped; of a repeated name the last one counts. Every error names the member.
public struct JSONView: Sendable {
    private enum Kind: Sendable { case string, number, object, array, bool, null }
    private struct Member: Sendable {
        var name: Range<Int>
        var value: Range<Int>
        var kind: Kind
    }

    private let bytes: [UInt8]
    private var members: [Member] = []
    /// Where this object stands, such as `customer.`, for errors.
    private let path: String

    /// Nesting beyond this is refused, not followed.
    public static let maximumDepth = 32

    /// - Throws: `MalformedEvent` with the reason `broken-json` or `not-an-object`.
    public init(_ bytes: [UInt8]) throws(MalformedEvent) {
        try self.init(bytes, 0..<bytes.count, path: "")
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>, path: String) throws(MalformedEvent) {
        self.bytes = bytes
        self.path = path
        members.reserveCapacity(12)
        var found: [Member] = []
        found.reserveCapacity(12)
        let failure: MalformedEvent? = bytes.withUnsafeBufferPointer { buffer in
            var scanner = Scanner(bytes: buffer, position: range.lowerBound, end: range.upperBound)
            do throws(MalformedEvent) {
                scanner.skipSpace()
                guard scanner.peek == UInt8(ascii: "{") else {
                    throw MalformedEvent("not-an-object", "the value is no JSON object")
                }
                try scanner.object(depth: 1) { found.append(Member(name: $0, value: $1, kind: $2)) }
                scanner.skipSpace()
                guard scanner.position == scanner.end else { throw scanner.broken }
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
        members = found
    }

    // MARK: Members

    public func string(_ name: StaticString) throws(MalformedEvent) -> String {
        guard let text = try optionalString(name) else { throw missing(name) }
        return text
    }

    /// `nil` where the member is absent or `null`.
    public func optionalString(_ name: StaticString) throws(MalformedEvent) -> String? {
        guard let member = member(name) else { return nil }
        guard member.kind == .string else { throw invalid(name, "a string") }
        guard let text = text(member.value) else { throw invalid(name, "UTF-8 text") }
        return text
    }

    /// An id as clients may choose it, or one of ours.
    public func identifier(_ name: StaticString) throws(MalformedEvent) -> String {
        let text = try string(name)
        guard !text.isEmpty, text.utf8.count <= 256, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw invalid(name, "an id")
        }
        return text
    }

    public func integer(_ name: StaticString) throws(MalformedEvent) -> Int64 {
        guard let value = try optionalInteger(name) else { throw missing(name) }
        return value
    }

    public func optionalInteger(_ name: StaticString) throws(MalformedEvent) -> Int64? {
        guard let member = member(name) else { return nil }
        guard member.kind == .number, let value = Int64(String(decoding: bytes[member.value], as: UTF8.self)) else {
            throw invalid(name, "a whole number")
        }
        return value
    }

    public func bool(_ name: StaticString) throws(MalformedEvent) -> Bool {
        guard let value = try optionalBool(name) else { throw missing(name) }
        return value
    }

    public func optionalBool(_ name: StaticString) throws(MalformedEvent) -> Bool? {
        guard let member = member(name) else { return nil }
        guard member.kind == .bool else { throw invalid(name, "true or false") }
        return bytes[member.value.lowerBound] == UInt8(ascii: "t")
    }

    public func timestamp(_ name: StaticString) throws(MalformedEvent) -> Timestamp {
        guard let time = try optionalTimestamp(name) else { throw missing(name) }
        return time
    }

    public func optionalTimestamp(_ name: StaticString) throws(MalformedEvent) -> Timestamp? {
        guard let text = try optionalString(name) else { return nil }
        guard let time = Timestamp(text) else { throw invalid(name, "an RFC 3339 date-time") }
        return time
    }

    public func object(_ name: StaticString) throws(MalformedEvent) -> JSONView {
        guard let view = try optionalObject(name) else { throw missing(name) }
        return view
    }

    public func optionalObject(_ name: StaticString) throws(MalformedEvent) -> JSONView? {
        guard let member = member(name) else { return nil }
        guard member.kind == .object else { throw invalid(name, "an object") }
        return try JSONView(bytes, member.value, path: "\(path)\(name).")
    }

    /// `nil` where the member is absent or `null`.
    public func optionalStrings(_ name: StaticString) throws(MalformedEvent) -> [String]? {
        guard let member = member(name) else { return nil }
        guard member.kind == .array else { throw invalid(name, "a list of strings") }
        var elements: [(Range<Int>, Kind)] = []
        bytes.withUnsafeBufferPointer { buffer in
            var scanner = Scanner(bytes: buffer, position: member.value.lowerBound, end: member.value.upperBound)
            // The first pass has checked the syntax.
            try? scanner.array(depth: 1) { elements.append(($0, $1)) }
        }
        var strings: [String] = []
        for (range, kind) in elements {
            guard kind == .string, let text = text(range) else { throw invalid(name, "a list of strings") }
            strings.append(text)
        }
        return strings
    }

    private func member(_ name: StaticString) -> Member? {
        guard let member = members.last(where: { matches($0.name, name) }), member.kind != .null else { return nil }
        return member
    }

    private func matches(_ range: Range<Int>, _ name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        let start = name.utf8Start
        if range.count == count + 2 {
            return bytes.withUnsafeBufferPointer { buffer in
                for index in 0..<count where buffer[range.lowerBound + 1 + index] != start[index] { return false }
                return true
            }
        }
        // A name may be spelled with escapes.
        guard range.count > count + 2, bytes[range].contains(UInt8(ascii: "\\")) else { return false }
        return text(range) == name.description
    }

    private func missing(_ name: StaticString) -> MalformedEvent {
        MalformedEvent("missing-field", "\(path)\(name) is required")
    }

    private func invalid(_ name: StaticString, _ expected: String) -> MalformedEvent {
        MalformedEvent("invalid-field", "\(path)\(name) is not \(expected)")
    }

    /// The text of a quoted string that the scanner has checked; `nil` if it is not Unicode.
    private func text(_ range: Range<Int>) -> String? {
        let inner = bytes[(range.lowerBound + 1)..<(range.upperBound - 1)]
        guard inner.contains(UInt8(ascii: "\\")) else { return String(validating: inner, as: UTF8.self) }
        return unescape(inner)
    }

    private func unescape(_ inner: ArraySlice<UInt8>) -> String? {
        var output: [UInt8] = []
        output.reserveCapacity(inner.count)
        var index = inner.startIndex
        func hex(_ at: Int) -> UInt32 {
            UInt32(String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16) ?? 0xFFFD
        }
        while index < inner.endIndex {
            let byte = inner[index]
            guard byte == UInt8(ascii: "\\") else {
                output.append(byte)
                index += 1
                continue
            }
            let escape = inner[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "n"): output.append(10)
            case UInt8(ascii: "t"): output.append(9)
            case UInt8(ascii: "r"): output.append(13)
            case UInt8(ascii: "b"): output.append(8)
            case UInt8(ascii: "f"): output.append(12)
            case UInt8(ascii: "u"):
                var scalar = hex(index)
                index += 4
                if (0xD800..<0xDC00).contains(scalar), index + 6 <= inner.endIndex, inner[index] == UInt8(ascii: "\\"),
                    inner[index + 1] == UInt8(ascii: "u"), (0xDC00..<0xE000).contains(hex(index + 2))
                {
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (hex(index + 2) - 0xDC00)
                    index += 6
                }
                // A lone surrogate is legal JSON and no Unicode: it reads as the replacement character.
                output.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
            default: output.append(escape)
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    // MARK: Scanner

    private struct Scanner {
        let bytes: UnsafeBufferPointer<UInt8>
        var position: Int
        let end: Int

        var broken: MalformedEvent { MalformedEvent("broken-json", "at byte \(position)") }
        var peek: UInt8? { position < end ? bytes[position] : nil }

        mutating func skipSpace() {
            while position < end {
                switch bytes[position] {
                case 32, 9, 10, 13: position += 1
                default: return
                }
            }
        }

        mutating func expect(_ byte: UInt8) throws(MalformedEvent) {
            guard peek == byte else { throw broken }
            position += 1
        }

        mutating func object(
            depth: Int, _ each: (Range<Int>, Range<Int>, Kind) -> Void
        ) throws(MalformedEvent) {
            try expect(UInt8(ascii: "{"))
            skipSpace()
            if peek == UInt8(ascii: "}") { position += 1; return }
            while true {
                skipSpace()
                let name = try string()
                skipSpace()
                try expect(UInt8(ascii: ":"))
                let (value, kind) = try value(depth: depth)
                each(name, value, kind)
                skipSpace()
                if peek == UInt8(ascii: ",") { position += 1; continue }
                return try expect(UInt8(ascii: "}"))
            }
        }

        mutating func array(depth: Int, _ each: (Range<Int>, Kind) -> Void) throws(MalformedEvent) {
            try expect(UInt8(ascii: "["))
            skipSpace()
            if peek == UInt8(ascii: "]") { position += 1; return }
            while true {
                let (value, kind) = try value(depth: depth)
                each(value, kind)
                skipSpace()
                if peek == UInt8(ascii: ",") { position += 1; continue }
                return try expect(UInt8(ascii: "]"))
            }
        }

        mutating func value(depth: Int) throws(MalformedEvent) -> (Range<Int>, Kind) {
            skipSpace()
            guard let first = peek else { throw broken }
            let start = position
            switch first {
            case UInt8(ascii: "\""):
                return (try string(), .string)
            case UInt8(ascii: "{"):
                guard depth < JSONView.maximumDepth else { throw MalformedEvent("broken-json", "nested too deep") }
                try object(depth: depth + 1) { _, _, _ in }
                return (start..<position, .object)
            case UInt8(ascii: "["):
                guard depth < JSONView.maximumDepth else { throw MalformedEvent("broken-json", "nested too deep") }
                try array(depth: depth + 1) { _, _ in }
                return (start..<position, .array)
            case UInt8(ascii: "t"): try word("true"); return (start..<position, .bool)
            case UInt8(ascii: "f"): try word("false"); return (start..<position, .bool)
            case UInt8(ascii: "n"): try word("null"); return (start..<position, .null)
            default: try number(); return (start..<position, .number)
            }
        }

        private mutating func word(_ word: StaticString) throws(MalformedEvent) {
            for index in 0..<word.utf8CodeUnitCount { try expect(word.utf8Start[index]) }
        }

        private mutating func string() throws(MalformedEvent) -> Range<Int> {
            let start = position
            try expect(UInt8(ascii: "\""))
            while position < end {
                let byte = bytes[position]
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return start..<position
                case UInt8(ascii: "\\"): try escape()
                case 0..<32: throw broken
                default: break
                }
            }
            throw broken
        }

        private mutating func escape() throws(MalformedEvent) {
            guard let byte = peek else { throw broken }
            position += 1
            switch byte {
            case UInt8(ascii: "u"):
                for _ in 0..<4 {
                    guard let digit = peek, isHex(digit) else { throw broken }
                    position += 1
                }
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                break
            default: throw broken
            }
        }

        private func isHex(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
        }

        private mutating func number() throws(MalformedEvent) {
            if peek == UInt8(ascii: "-") { position += 1 }
            if peek == UInt8(ascii: "0") { position += 1 } else { try digits() }
            if peek == UInt8(ascii: ".") {
                position += 1
                try digits()
            }
            if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
                position += 1
                if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
                try digits()
            }
        }

        private mutating func digits() throws(MalformedEvent) {
            let start = position
            while let byte = peek, (48...57).contains(byte) { position += 1 }
            guard position > start else { throw broken }
        }
    }
}
