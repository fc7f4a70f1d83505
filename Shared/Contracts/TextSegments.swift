/// How a text goes over the air: GSM-7 or UCS-2, and in how many segments.
///
/// 3GPP TS 23.038 has the alphabet; a long text loses 7 characters (UCS-2: 3) of each segment to the header that joins
/// them. The console counts the same in JavaScript; one table tests both.
public struct TextSegments: Sendable, Equatable {
    public enum Encoding: String, Sendable { case gsm7 = "GSM-7", ucs2 = "UCS-2" }

    /// Twilio refuses more: error 21617.
    public static let maximumCharacters = 1_600

    public let encoding: Encoding
    /// In the encoding's own units: septets, or UTF-16 code units.
    public let units: Int
    public let segments: Int

    public init(_ text: String) {
        let isBasic = text.unicodeScalars.allSatisfy { Self.basic.contains($0) || Self.extended.contains($0) }
        let size: (Unicode.Scalar) -> Int =
            isBasic ? { Self.extended.contains($0) ? 2 : 1 } : { $0.value > 0xFFFF ? 2 : 1 }
        let (alone, joined) = isBasic ? (160, 153) : (70, 67)
        encoding = isBasic ? .gsm7 : .ucs2
        units = text.unicodeScalars.reduce(0) { $0 + size($1) }
        segments = units <= alone ? min(units, 1) : Self.packed(text, limit: joined, size)
    }

    /// An escape and its character, or a pair of surrogates, stay in one segment.
    private static func packed(_ text: String, limit: Int, _ size: (Unicode.Scalar) -> Int) -> Int {
        var (segments, used) = (1, 0)
        for scalar in text.unicodeScalars {
            if used + size(scalar) > limit { (segments, used) = (segments + 1, 0) }
            used += size(scalar)
        }
        return segments
    }

    private static let basic = Set(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
            .unicodeScalars)
    private static let extended = Set("\u{0C}^{}\\[~]|€".unicodeScalars)
}
