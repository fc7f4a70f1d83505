import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import Ingest

/// An address that wants to reach what only we can reach.
struct Hostile: Sendable, CustomTestStringConvertible {
    /// `{port}` is the port of a server on this machine.
    var url: String
    var refusal: MediaRefusal
    /// Whatever its name is; the worst that can be.
    var addresses = ["127.0.0.1"]

    init(_ url: String, _ refusal: MediaRefusal) {
        self.url = url
        self.refusal = refusal
    }

    init(resolvingTo addresses: String...) {
        url = "https://media.example.com/a.png"
        refusal = .privateAddress
        self.addresses = addresses
    }

    var testDescription: String { "\(url) \(addresses)" }
}

let hostile: [Hostile] = [
    // Schemes.
    Hostile("http://127.0.0.1:{port}/a.png", .notHTTPS), Hostile("http://media.example.com/a.png", .notHTTPS),
    Hostile("file:///etc/passwd", .invalidURL), Hostile("ftp://media.example.com/a", .invalidURL),
    Hostile("gopher://127.0.0.1:{port}/_GET%20/", .invalidURL), Hostile("data:image/png;base64,aaaa", .invalidURL),
    Hostile("http+unix://%2Fvar%2Frun%2Fdocker.sock/info", .invalidURL),
    Hostile("unix:///run/docker.sock", .invalidURL),
    Hostile("//127.0.0.1/", .invalidURL), Hostile("https:/127.0.0.1/", .invalidURL),
    Hostile("https:127.0.0.1", .invalidURL), Hostile("https:\\\\127.0.0.1\\", .invalidURL), Hostile("", .invalidURL),

    // Ports.
    Hostile("https://127.0.0.1:{port}/a.png", .port), Hostile("https://media.example.com:{port}/", .port),
    Hostile("https://media.example.com:22/", .port), Hostile("https://media.example.com:/", .invalidURL),
    Hostile("https://media.example.com:0443/", .invalidURL), Hostile("https://media.example.com:+443/", .invalidURL),
    Hostile("https://media.example.com:443:80/", .invalidURL), Hostile("https://media.example.com:65979/", .invalidURL),

    // Addresses instead of names, in all their notations.
    Hostile("https://127.0.0.1/", .host), Hostile("https://127.0.0.1./", .host), Hostile("https://127.1/", .host),
    Hostile("https://2130706433/", .host), Hostile("https://0x7f000001/", .host),
    Hostile("https://017700000001/", .host),
    Hostile("https://0177.0.0.1/", .host), Hostile("https://0x7f.0.0.1/", .host), Hostile("https://0/", .host),
    Hostile("https://127.0.0.0x1/", .host), Hostile("https://169.254.169.254/latest/meta-data/", .host),
    Hostile("https://8.8.8.8/", .host), Hostile("https://[::1]/", .invalidURL), Hostile("https://[::]/", .invalidURL),
    Hostile("https://[::ffff:127.0.0.1]/", .invalidURL), Hostile("https://[fd00:ec2::254]/", .invalidURL),
    Hostile("https://[fe80::1%25lo]/", .invalidURL), Hostile("https://::1/", .invalidURL),
    Hostile("https://%31%32%37.0.0.1/", .invalidURL), Hostile("https://127%2e0%2e0%2e1/", .invalidURL),
    Hostile("https://１２７.0.0.1/", .invalidURL), Hostile("https://127。0。0。1/", .invalidURL),
    Hostile("https://①②⑦.0.0.1/", .invalidURL), Hostile("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", .invalidURL),

    // Names that mean something here only.
    Hostile("https://localhost/", .host), Hostile("https://LOCALHOST/", .host), Hostile("https://localhost./", .host),
    Hostile("https://media.localhost/", .host), Hostile("https://metadata/", .host),
    Hostile("https://metadata.google.internal/", .host), Hostile("https://printer.local/", .host),
    Hostile("https://router.home.arpa/", .host), Hostile("https://media.example.com./", .host),
    Hostile("https://media..example.com/", .host), Hostile("https://.example.com/", .host),
    Hostile("https://-a.example.com/", .host), Hostile("https:///a.png", .invalidURL),
    Hostile("https://media_1.example.com/", .invalidURL), Hostile("https://b\u{fc}cher.example/", .invalidURL),

    // Two hosts in one address, of which one parser sees one and another the other.
    Hostile("https://user:pass@media.example.com/", .invalidURL), Hostile("https://@media.example.com/", .invalidURL),
    Hostile("https://media.example.com@127.0.0.1/", .invalidURL),
    Hostile("https://media.example.com:443@127.0.0.1:{port}/", .invalidURL),
    Hostile("https://media.example.com\\@127.0.0.1/", .invalidURL),
    Hostile("https://127.0.0.1\\.media.example.com/", .invalidURL),
    Hostile("https://127.0.0.1 .example.com/", .invalidURL),
    Hostile("https://127.0.0.1%23.example.com/", .invalidURL),
    Hostile("https://127.0.0.1%00.example.com/", .invalidURL),
    Hostile("https://127.0.0.1#@media.example.com/", .host), Hostile("https://127.0.0.1?@media.example.com/", .host),
    Hostile("https://media.example.com#@8.8.8.8/", .privateAddress),

    // What is smuggled into the request.
    Hostile("https://media.example.com/\r\nX: y", .invalidURL), Hostile("https://media.example.com\r\n/", .invalidURL),
    Hostile("https://media.example.com/a b", .invalidURL), Hostile("https://media.example.com/\u{0}", .invalidURL),
    Hostile(" https://media.example.com/", .invalidURL), Hostile("https://media.example.com/\t", .invalidURL),
    Hostile("https://media.example.com/\u{202e}gnp.exe", .invalidURL),
    Hostile("https://media.example.com/%zz", .invalidURL),
    Hostile("https://media.example.com/" + String(repeating: "a", count: 3_000), .invalidURL),
    Hostile("https://" + String(repeating: "a.", count: 200) + "com/", .host),

    // Names that look well and resolve to what is ours.
    Hostile("https://127.0.0.1.nip.io/", .privateAddress), Hostile("https://localtest.me/", .privateAddress),
    Hostile(resolvingTo: "0.0.0.0"), Hostile(resolvingTo: "10.1.2.3"), Hostile(resolvingTo: "172.16.0.1"),
    Hostile(resolvingTo: "192.168.1.1"), Hostile(resolvingTo: "169.254.169.254"), Hostile(resolvingTo: "100.64.0.1"),
    Hostile(resolvingTo: "168.63.129.16"), Hostile(resolvingTo: "224.0.0.1"), Hostile(resolvingTo: "255.255.255.255"),
    Hostile(resolvingTo: "::1"), Hostile(resolvingTo: "::"), Hostile(resolvingTo: "::ffff:127.0.0.1"),
    Hostile(resolvingTo: "::127.0.0.1"), Hostile(resolvingTo: "64:ff9b::127.0.0.1"),
    Hostile(resolvingTo: "64:ff9b::a9fe:a9fe"), Hostile(resolvingTo: "2002:7f00:1::"),
    Hostile(resolvingTo: "2001:0:4136:e378:8000:63bf:80ff:fffe"), Hostile(resolvingTo: "fe80::1"),
    Hostile(resolvingTo: "fd00:ec2::254"), Hostile(resolvingTo: "8.8.8.8", "127.0.0.1"),
    Hostile(resolvingTo: "127.0.0.1", "8.8.8.8"), Hostile(resolvingTo: "2600:1f18::1", "::1"),
]

@Suite struct MediaHostileTests {
    @Test(arguments: hostile)
    func fetchesNothing(_ hostile: Hostile) async throws {
        try await MediaServer.serving({ _ in .ok("image/png", png) }) { server in
            let url = hostile.url.replacing("{port}", with: "\(server.port)")
            let resolver = ScriptedResolver(hostile.addresses)
            let (client, store) = (NotingClient(), MemoryStore())
            let fetcher = MediaFetcher(account: twilioAccount, store: store, resolver: resolver, client: client)
            #expect(await fetcher.fetch(url) == .refused(hostile.refusal))
            #expect(client.calls.isEmpty && server.connections == 0 && store.all.isEmpty)
            // What is wrong as text is nothing that a resolver of somebody else's should hear of.
            #expect(resolver.names.count == (hostile.refusal == .privateAddress ? 1 : 0))
        }
    }

    @Test(arguments: hostile)
    func fetchesNothingAfterARedirect(_ hostile: Hostile) async throws {
        try await MediaServer.serving({ _ in .ok("image/png", png) }) { server in
            let url = hostile.url.replacing("{port}", with: "\(server.port)")
            let resolver = ScriptedResolver(["8.8.8.8"], hostile.addresses)
            let client = NotingClient { _ in HTTPClientResponse(status: .found, headers: ["Location": url]) }
            let store = MemoryStore()
            let fetcher = MediaFetcher(account: twilioAccount, store: store, resolver: resolver, client: client)
            let result = await fetcher.fetch("https://open.example/redirect")
            guard case .refused = result else {
                Issue.record("\(result)")
                return
            }
            // Of a reference without a host the first address is the host: nothing of ours.
            #expect(client.calls.allSatisfy { $0.address == "8.8.8.8" && $0.url.hasPrefix("https://open.example/") })
            #expect(server.connections == 0 && store.all.isEmpty)
        }
    }

    /// The name is public when it is looked at, and ours when it is connected to.
    @Test func rebindingGainsNothing() async throws {
        let resolver = ScriptedResolver(["8.8.8.8"], ["127.0.0.1"])
        let client = NotingClient { _ in
            HTTPClientResponse(headers: ["Content-Type": "image/png"], body: .bytes(ByteBuffer(bytes: png)))
        }
        let fetcher = MediaFetcher(account: twilioAccount, store: MemoryStore(), resolver: resolver, client: client)
        guard case .stored = await fetcher.fetch("https://rebind.example/a.png") else {
            Issue.record("not stored")
            return
        }
        #expect(resolver.names == ["rebind.example"])
        #expect(client.calls.map(\.address) == ["8.8.8.8"])
    }

    /// The same, one redirect later: that is a connection of its own, and looked at again.
    @Test func rebindingBetweenRedirectsGainsNothing() async throws {
        let resolver = ScriptedResolver(["8.8.8.8"], ["127.0.0.1"])
        let client = NotingClient { _ in HTTPClientResponse(status: .found, headers: ["Location": "/again"]) }
        let fetcher = MediaFetcher(account: twilioAccount, store: MemoryStore(), resolver: resolver, client: client)
        #expect(await fetcher.fetch("https://rebind.example/a.png") == .refused(.privateAddress))
        #expect(resolver.names == ["rebind.example", "rebind.example"])
        #expect(client.calls.map(\.address) == ["8.8.8.8"])
    }
}
