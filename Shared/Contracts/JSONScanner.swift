/// Checks JSON's syntax in one pass over bytes, and tells where the members of the outermost object or list stand.
struct JSONScanner {
    enum Kind: Sendable { case string, number, object, array, bool, null }

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
