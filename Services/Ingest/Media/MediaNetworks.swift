/// Addresses whose first `length` bits are those of `network`.
struct MediaNetwork<Bits: FixedWidthInteger & Sendable>: Sendable {
    var network: Bits
    /// From 1 on.
    var length: Int

    func contains(_ bits: Bits) -> Bool {
        (bits ^ network) >> Bits(Bits.bitWidth - length) == 0
    }
}

extension MediaAddress {
    /// Whether anybody on the Internet may be expected behind it: no entry of IANA's special-purpose registries (RFC
    /// 6890), which also lists what wraps an IPv4 address that nobody would check, and no cloud's own service.
    var isPublic: Bool {
        switch self {
        case .v4(let bits):
            return !Self.specialV4.contains { $0.contains(bits) }
        case .v6(let bits):
            // Networks without IPv4 reach all of IPv4 in this way, so it is as public as what it wraps.
            if Self.translated.contains(bits) { return MediaAddress.v4(UInt32(truncatingIfNeeded: bits)).isPublic }
            return Self.unicast.contains(bits) && !Self.specialV6.contains { $0.contains(bits) }
        }
    }

    /// https://www.iana.org/assignments/iana-ipv4-special-registry, whole, also the few that are reachable: none of
    /// them has media.
    private static let specialV4: [MediaNetwork<UInt32>] = [
        v4(0, 0, 0, 0, 8),  // this network
        v4(10, 0, 0, 0, 8),  // private
        v4(100, 64, 0, 0, 10),  // shared by a carrier's customers; 100.100.100.200 is Alibaba's metadata
        v4(127, 0, 0, 0, 8),  // loopback
        v4(169, 254, 0, 0, 16),  // link-local: 169.254.169.254 is most clouds' metadata
        v4(172, 16, 0, 0, 12),  // private
        v4(192, 0, 0, 0, 24),  // protocols; 192.0.0.192 is Oracle's metadata
        v4(192, 0, 2, 0, 24),  // documentation
        v4(192, 31, 196, 0, 24),  // AS112
        v4(192, 52, 193, 0, 24),  // AMT
        v4(192, 88, 99, 0, 24),  // 6to4 relays
        v4(192, 168, 0, 0, 16),  // private
        v4(192, 175, 48, 0, 24),  // AS112
        v4(198, 18, 0, 0, 15),  // benchmarks
        v4(198, 51, 100, 0, 24),  // documentation
        v4(203, 0, 113, 0, 24),  // documentation
        v4(224, 0, 0, 0, 4),  // multicast
        v4(240, 0, 0, 0, 4),  // reserved, and broadcast
        v4(168, 63, 129, 16, 32),  // in no registry: Azure's host answers every virtual machine here
    ]

    /// All that IANA has given out for unicast. What lies outside it needs no entry: loopback, the unspecified
    /// address, IPv4 mapped (::ffff:0:0/96) and compatible (::/96), 64:ff9b:1::/48, 100::/64, 5f00::/16, unique-local
    /// fc00::/7 with AWS's fd00:ec2::254, link-local fe80::/10, site-local fec0::/10, multicast ff00::/8.
    private static let unicast = v6(0x2000, length: 3)

    /// NAT64's well-known prefix, 64:ff9b::/96.
    private static let translated = v6(0x64, 0xff9b, length: 96)

    /// https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies in `unicast`.
    private static let specialV6: [MediaNetwork<UInt128>] = [
        v6(0x2001, 0, length: 23),  // protocols: Teredo, benchmarks, AMT, AS112, ORCHID
        v6(0x2001, 0xdb8, length: 32),  // documentation
        v6(0x2002, length: 16),  // 6to4: an IPv4 address in bits 16 to 47
        v6(0x2620, 0x4f, 0x8000, length: 48),  // AS112
        v6(0x3fff, 0, length: 20),  // documentation
    ]

    private static func v4(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ length: Int) -> MediaNetwork<UInt32> {
        MediaNetwork(network: a << 24 | b << 16 | c << 8 | d, length: length)
    }

    /// - Parameter groups: the first ones; the others are zero.
    private static func v6(_ groups: UInt128..., length: Int) -> MediaNetwork<UInt128> {
        var network: UInt128 = 0
        for (index, group) in groups.enumerated() { network |= group << UInt128(112 - 16 * index) }
        return MediaNetwork(network: network, length: length)
    }
}
