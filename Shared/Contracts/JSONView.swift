/// A JSON object in place: one pass checks the syntax and remembers where the top-level members stand; a member is
/// decoded when asked for. Foundation's decoder alone costs a third of a fold, so events are read with this.
///
/// Unknown members are skipped; of a repeated name the last one counts. Every error names the member.
public struct JSONView: Sendable {
    typealias Kind = JSONScanner.Kind
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
            var scanner = JSONScanner(bytes: buffer, position: range.lowerBound, end: range.upperBound)
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
        guard let elements = try elements(name, "a list of strings") else { return nil }
        var strings: [String] = []
        for (range, kind) in elements {
            guard kind == .string, let text = text(range) else { throw invalid(name, "a list of strings") }
            strings.append(text)
        }
        return strings
    }

    /// `nil` where the member is absent or `null`.
    public func optionalObjects(_ name: StaticString) throws(MalformedEvent) -> [JSONView]? {
        guard let elements = try elements(name, "a list of objects") else { return nil }
        var objects: [JSONView] = []
        for (range, kind) in elements {
            guard kind == .object else { throw invalid(name, "a list of objects") }
            objects.append(try JSONView(bytes, range, path: "\(path)\(name)."))
        }
        return objects
    }

    private func elements(
        _ name: StaticString, _ expected: String
    ) throws(MalformedEvent) -> [(Range<Int>, Kind)]? {
        guard let member = member(name) else { return nil }
        guard member.kind == .array else { throw invalid(name, expected) }
        var elements: [(Range<Int>, Kind)] = []
        bytes.withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(bytes: buffer, position: member.value.lowerBound, end: member.value.upperBound)
            // The first pass has checked the syntax.
            try? scanner.array(depth: 1) { elements.append(($0, $1)) }
        }
        return elements
    }

    /// Whether the member is there at all, be it `null`.
    public func has(_ name: StaticString) -> Bool {
        members.contains { matches($0.name, name) }
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
}
