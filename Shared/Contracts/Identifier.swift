import Crypto

/// How ids are minted, derived and checked.
///
/// An id is minted by whoever starts the thing and is unique only in its scope; everything that follows from it is
/// derived, so that a retry, a replay and a second owner arrive at the same id.
public enum Identifier {
    /// Longest id that a client may choose.
    public static let maximumLength = 64

    /// What clients may choose: 1 to 64 of `A-Z a-z 0-9 _ -`.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard (1...maximumLength).contains(bytes.count) else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// A new id whose order is the order of minting: 48 bits of time and 80 of randomness, 26 characters of
    /// Crockford's base 32 in lower case, as in a ULID. Time-ordered keys fold 2.5 times as fast as random ones.
    public static func timeOrdered(at time: Timestamp) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        for index in 0..<6 {
            bytes[index] = UInt8(truncatingIfNeeded: time.milliseconds >> (8 * (5 - index)))
        }
        for index in 6..<16 { bytes[index] = UInt8.random(in: .min ... .max) }
        return base32(bytes)
    }

    /// An id that is a function of `parts` alone: 130 bits of their SHA-256.
    public static func derived(_ parts: String...) -> String {
        var hash = SHA256()
        for part in parts {
            // Length first, so that ("ab", "c") and ("a", "bc") differ.
            withUnsafeBytes(of: UInt64(part.utf8.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Array(part.utf8))
        }
        return base32(Array(hash.finalize().prefix(16)))
    }

    /// An id that only the holder of `key` can derive from `parts`, as for an SMS conversation: a phone number has too
    /// few values for a plain hash to hide it.
    public static func keyed(_ key: [UInt8], _ parts: String...) -> String {
        var mac = HMAC<SHA256>(key: SymmetricKey(data: key))
        for part in parts {
            withUnsafeBytes(of: UInt64(part.utf8.count).bigEndian) { mac.update(data: Array($0)) }
            mac.update(data: Array(part.utf8))
        }
        return base32(Array(mac.finalize().prefix(16)))
    }

    /// The conversation of a dealership's number and a customer's, whoever of them texts first.
    public static func textConversation(_ key: [UInt8], number: String, phone: String) -> String {
        "sms-" + keyed(key, number, phone)
    }

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// 16 bytes as 26 characters, most significant first, so that the text sorts as the bytes do.
    private static func base32(_ bytes: [UInt8]) -> String {
        var characters = [UInt8]()
        characters.reserveCapacity(26)
        var buffer: UInt32 = 0
        var bits = 2  // 130 bits hold 128: two leading zeros
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                characters.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
            buffer &= (1 << UInt32(bits)) - 1
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
