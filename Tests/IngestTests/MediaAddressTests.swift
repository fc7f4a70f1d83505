import Testing

@testable import Ingest

@Suite struct MediaAddressTests {
    @Test(arguments: [
        // Each network's first and last address.
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200", "100.127.255.255",
        "127.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.170.2",
        "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.0.255", "192.0.2.0",
        "192.0.2.255", "192.31.196.1", "192.52.193.1", "192.88.99.0", "192.88.99.255", "192.168.0.0",
        "192.168.255.255", "192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255",
        "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
        "168.63.129.16",
    ])
    func specialOfIPv4(_ text: String) throws {
        let address = try #require(MediaAddress(text))
        #expect(!address.isPublic)
        // The same, wrapped.
        for prefix in ["::ffff:", "::", "64:ff9b::", "64:ff9b:1::"] {
            let wrapped = try #require(MediaAddress(prefix + text))
            #expect(!wrapped.isPublic, "\(wrapped)")
        }
    }

    @Test(arguments: [
        "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
        "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
        "223.255.255.255", "168.63.129.15", "168.63.129.17",
    ])
    func publicOfIPv4(_ text: String) throws {
        let address = try #require(MediaAddress(text))
        #expect(address.isPublic)
        #expect(address.description == text)
        // NAT64 reaches what is public, and only that; other wrappings nobody needs.
        #expect(MediaAddress("64:ff9b::" + text)?.isPublic == true)
        #expect(MediaAddress("::ffff:" + text)?.isPublic == false)
        #expect(MediaAddress("::" + text)?.isPublic == false)
    }

    @Test(arguments: [
        "::", "::1", "::ffff:0:0", "64:ff9b:0:0:0:1::", "64:ff9b:1::1", "100::1", "100:0:0:1::1", "1fff:ffff::1",
        "2001::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:1::1", "2001:2::1", "2001:3::1", "2001:4:112::1",
        "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff:ffff::1", "2001:db8::1", "2001:db8:ffff::1", "2002::",
        "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "3fff:fff:ffff::1",
        "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fdff::1", "fe80::1", "febf::1", "fec0::1",
        "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ])
    func specialOfIPv6(_ text: String) throws {
        #expect(try #require(MediaAddress(text)).isPublic == false)
    }

    @Test(arguments: [
        "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2600:1f18::1",
        "2620:4f:7fff::1", "2620:4f:8001::1", "2a00:1450::1", "3ffe::1", "3fff:1000::1",
    ])
    func publicOfIPv6(_ text: String) throws {
        let address = try #require(MediaAddress(text))
        #expect(address.isPublic)
        #expect(MediaAddress(address.description) == address)
    }

    @Test(arguments: [
        "", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "127.0.0.1.", " 1.1.1.1", "fe80::1%lo", "[::1]",
    ])
    func textThatIsNone(_ text: String) {
        #expect(MediaAddress(text) == nil)
    }

    @Test func writtenInFull() throws {
        #expect(MediaAddress("2600:1f18::a")?.description == "2600:1f18:0:0:0:0:0:a")
    }
}
