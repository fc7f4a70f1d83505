/// W3C Trace Context's `traceparent`: which trace a request or a record belongs to, and which of its spans it came from.
///
/// `tracestate` is not kept: it is text of other vendors' own, and records stay for ever.
public struct Traceparent: Sendable, Hashable, CustomStringConvertible {
    /// The header's name, in HTTP and in Kafka.
    public static let header = "traceparent"

    /// 32 hexadecimal digits in lower case, not all zero.
    public let traceId: String
    /// 16 of them.
    public let spanId: String
    /// The lowest bit: somebody keeps what this trace did.
    public let flags: UInt8

    private init(traceId: String, spanId: String, flags: UInt8) {
        (self.traceId, self.spanId, self.flags) = (traceId, spanId, flags)
    }

    /// - Returns: nil for what the standard does not allow; a trace is then begun anew.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 55, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            let version = Self.digits(bytes[0..<2]), version != "ff",
            // A later version may say more behind a dash; what these four fields mean stays.
            bytes.count == 55 || version != "00" && bytes[55] == UInt8(ascii: "-"),
            let traceId = Self.digits(bytes[3..<35]), traceId.contains(where: { $0 != "0" }),
            let spanId = Self.digits(bytes[36..<52]), spanId.contains(where: { $0 != "0" }),
            let flags = Self.digits(bytes[53..<55]).flatMap({ UInt8($0, radix: 16) })
        else { return nil }
        self.init(traceId: traceId, spanId: spanId, flags: flags)
    }

    /// The first span of a new trace. It is marked as kept: log lines name it.
    public static func random() -> Traceparent {
        Traceparent(traceId: randomDigits() + randomDigits(), spanId: randomDigits(), flags: 1)
    }

    /// Another span of the same trace, which comes of this one.
    public func child() -> Traceparent {
        Traceparent(traceId: traceId, spanId: Self.randomDigits(), flags: flags)
    }

    public var description: String { "00-\(traceId)-\(spanId)-\(Self.padded(UInt64(flags), to: 2))" }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> String? {
        let isFine = bytes.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        return isFine ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private static func randomDigits() -> String { padded(.random(in: 1 ... .max), to: 16) }

    private static func padded(_ number: UInt64, to count: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: count - digits.utf8.count) + digits
    }
}
