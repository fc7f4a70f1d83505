import Testing

@testable import Ingest

@Suite struct MediaURLTests {
    private let trusted: Set<MediaOrigin> = [MediaOrigin(scheme: .http, host: "127.0.0.1", port: 8_099)]

    @Test(arguments: [
        ("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", "https://api.twilio.com:443"),
        ("HTTPS://Media.Example.COM:443", "https://media.example.com:443"),
        (
            "https://s3.us-east-1.amazonaws.com/b/k.jpg?X-Sig=a%2Fb%3D&y=/?#top",
            "https://s3.us-east-1.amazonaws.com:443"
        ),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example:443"),
        ("https://a.xn--p1ai/", "https://a.xn--p1ai:443"),
        ("https://127.0.0.1.nip.io/", "https://127.0.0.1.nip.io:443"),
    ])
    func whereAttachmentsAre(_ text: String, _ origin: String) throws {
        let url = try MediaURL(text, trusted: trusted)
        #expect("\(url.origin.scheme)://\(url.origin.host):\(url.origin.port)" == origin)
        #expect(!url.text.contains("#"))
    }

    @Test func pathAndQueryStayAsTheyAre() throws {
        func target(_ text: String) throws -> String { try MediaURL("https://a.example\(text)", trusted: []).target }
        #expect(try target("/b%2Fc/../d;e=1?f=%26&g=h+i&j=:@/?") == "/b%2Fc/../d;e=1?f=%26&g=h+i&j=:@/?")
        #expect(try target("?x=1") == "/?x=1")
        #expect(try target("") == "/")
        #expect(try target("/a#b") == "/a")
    }

    @Test func anOriginThatTheOperatorNamed() throws {
        #expect(try MediaURL("http://127.0.0.1:8099/x", trusted: trusted).text == "http://127.0.0.1:8099/x")
        for other in [
            "http://127.0.0.1:8098/x", "https://127.0.0.1:8099/x", "http://127.0.0.1/x", "http://localhost:8099/",
        ] {
            #expect(throws: MediaRefusal.self) { try MediaURL(other, trusted: trusted) }
        }
        let simulator = MediaAccount(origin: MediaOrigin(scheme: .http, host: "sim", port: 80), sid: "AC1", token: "t")
        #expect(simulator.trusted == [simulator.origin])
        #expect(twilioAccount.trusted.isEmpty)
        #expect(MediaOrigin(of: "https://api.twilio.com") == .twilio)
        #expect(MediaOrigin(of: "http://Sim:8080/base") == MediaOrigin(scheme: .http, host: "sim", port: 8_080))
        #expect(MediaOrigin(of: "api.twilio.com") == nil)
    }

    @Test func aRedirectIsCheckedLikeAFirstAddress() throws {
        let url = try MediaURL("https://a.example/x/y?z", trusted: trusted)
        func following(_ location: String) throws -> String { try url.following(location, trusted: trusted).text }
        #expect(try following("/b?c") == "https://a.example/b?c")
        #expect(try following("b") == "https://a.example/x/b")
        #expect(try following("//b.example/c") == "https://b.example/c")
        #expect(try following("https://b.example") == "https://b.example/")
        #expect(try following("http://127.0.0.1:8099/") == "http://127.0.0.1:8099/")
        let refused: [(String, MediaRefusal)] = [
            ("http://b.example/", .notHTTPS), ("//127.0.0.1/", .host), ("https://localhost/", .host),
            ("https://b.example:8443/", .port), ("//u@b.example/", .invalidURL), ("/\\b.example/", .invalidURL),
            ("https://b.example/\r\nX: y", .invalidURL), ("file:///etc/passwd", .invalidURL), ("", .invalidURL),
            ("javascript:x", .invalidURL), ("/%zz", .invalidURL), ("//bücher.example/", .invalidURL),
        ]
        for (location, refusal) in refused {
            #expect(throws: refusal, "\(location)") { try url.following(location, trusted: trusted) }
        }
    }
}
