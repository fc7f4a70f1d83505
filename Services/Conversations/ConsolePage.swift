import ArgumentParser
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// The services that the page calls besides this one.
struct ConsoleOptions: ParsableArguments, Sendable {
    @Option(help: "Base URL of ingest as a browser reaches it, for a link to a customer's page.")
    var ingestUrl: String?

    @Option(help: "Base URL of qualification as a browser reaches it: the page's Qualify form.")
    var qualificationUrl: String?
}

/// The page that the service serves to staff. It is compiled in, so that it works from any directory.
struct ConsolePage: Sendable {
    /// What the page is told; `DIRECTCHAT_INGEST_URL` and `DIRECTCHAT_QUALIFICATION_URL` where no flag says it.
    struct Places: Codable, Sendable {
        var ingest: String?
        var qualification: String?
    }

    let places: Places

    /// - Throws: `ConfigurationError` naming the flag.
    init(_ options: ConsoleOptions, _ env: EnvironmentLookup) throws {
        places = Places(
            ingest: try Self.base(options.ingestUrl ?? env("DIRECTCHAT_INGEST_URL"), "--ingest-url"),
            qualification: try Self.base(
                options.qualificationUrl ?? env("DIRECTCHAT_QUALIFICATION_URL"), "--qualification-url"))
    }

    func add(to router: Router<AppContext>) {
        router.get("/") { _, _ in file("text/html; charset=utf-8", PackageResources.console_html) }
        router.get("/console.css") { _, _ in file("text/css; charset=utf-8", PackageResources.console_css) }
        router.get("/console.js") { _, _ in file("text/javascript; charset=utf-8", PackageResources.console_js) }
        router.get("/console.json") { _, _ in try Response.json(.ok, places) }
    }

    /// Its own files, its own API and qualification's; nothing inline, nothing from elsewhere, in nobody's frame.
    private var policy: String {
        [
            "default-src 'none'", "script-src 'self'", "style-src 'self'",
            "connect-src 'self'" + (places.qualification.map { " \($0)" } ?? ""), "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }

    private func file(_ type: String, _ bytes: [UInt8]) -> Response {
        var headers: HTTPFields = [
            .contentType: type, .cacheControl: "no-cache", .contentSecurityPolicy: policy,
            .xContentTypeOptions: "nosniff",
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// It goes into a header, so nothing but an http origin may be in it.
    private static func base(_ text: String?, _ flag: String) throws -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme, ["http", "https"].contains(scheme),
            let host = parts.host, !host.isEmpty, parts.path.isEmpty || parts.path == "/", parts.query == nil,
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") })
        else { throw ConfigurationError("\(flag): '\(text)' is no base URL such as http://127.0.0.1:8084") }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
