import Foundation

/// An IP address that a name resolved to.
enum MediaAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(UInt32)
    case v6(UInt128)

    /// - Parameter text: as `inet_pton` takes it: no short, octal or hexadecimal form of IPv4, no zone.
    init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4)
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(v6)
        } else {
            return nil
        }
    }

    init(_ address: in_addr) {
        self = .v4(UInt32(bigEndian: address.s_addr))
    }

    init(_ address: in6_addr) {
        self = .v6(withUnsafeBytes(of: address) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) })
    }

    /// All eight groups of IPv6 are written: every parser reads them alike.
    var description: String {
        switch self {
        case .v4(let bits):
            return stride(from: 24, through: 0, by: -8).map { String(bits >> UInt32($0) & 0xff) }.joined(separator: ".")
        case .v6(let bits):
            return stride(from: 112, through: 0, by: -16).map { String(bits >> UInt128($0) & 0xffff, radix: 16) }
                .joined(separator: ":")
        }
    }
}
