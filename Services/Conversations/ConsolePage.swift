import ArgumentParser
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// What the page is told of the world around it; each also as `DIRECTCHAT_<NAME>`.
struct ConsoleOptions: ParsableArguments, Sendable {
    @Option(help: "Base URL of ingest as a browser reaches it, for a link to a customer's page.")
    var ingestUrl: String?

    @Option(help: "Base URL of qualification as a browser reaches it: the page's Qualify form.")
    var qualificationUrl: String?

    @Option(help: "Who helps staff, as the Support panel names them.")
    var supportName: String?

    @Option(help: "The support's phone number.")
    var supportPhone: String?

    @Option(help: "The support's e-mail address.")
    var supportEmail: String?

    @Option(help: "A web page for support, http or https.")
    var supportUrl: String?
}

/// The page that the service serves to staff.
struct ConsolePage: Sendable {
    /// `GET /console.json`, for everybody who can reach the service.
    struct Places: Codable, Sendable {
        var ingest: String?
        var qualification: String?
        var support: Support
    }

    struct Support: Codable, Sendable {
        var name: String?
        var phone: String?
        var email: String?
        var url: String?
    }

    let places: Places

    /// - Throws: `ConfigurationError` naming the flag.
    init(_ options: ConsoleOptions, _ env: EnvironmentLookup) throws {
        places = Places(
            ingest: try Self.base(options.ingestUrl ?? env("DIRECTCHAT_INGEST_URL"), "--ingest-url"),
            qualification: try Self.base(
                options.qualificationUrl ?? env("DIRECTCHAT_QUALIFICATION_URL"), "--qualification-url"),
            support: Support(
                name: Self.given(options.supportName ?? env("DIRECTCHAT_SUPPORT_NAME")),
                phone: Self.given(options.supportPhone ?? env("DIRECTCHAT_SUPPORT_PHONE")),
                email: Self.given(options.supportEmail ?? env("DIRECTCHAT_SUPPORT_EMAIL")),
                url: try Self.web(options.supportUrl ?? env("DIRECTCHAT_SUPPORT_URL"), "--support-url")))
    }

    /// The page's addresses, its files and what it is told.
    func add(to router: Router<AppContext>) {
        for address in ["/", "/conversations/:id", "/conversations/:id/deal", "/deals/:id"] {
            router.get(RouterPath(address)) { request, _ in
                file("text/html; charset=utf-8", ConsoleFiles.page, request)
            }
        }
        for (name, bytes) in ConsoleFiles.all {
            guard let type = ConsoleFiles.type(of: name) else { continue }
            router.get(RouterPath("/console/\(name)")) { request, _ in file(type, bytes, request) }
        }
        router.get("/console.json") { _, _ in try Response.json(.ok, places) }
    }

    /// Its own files, its own API and qualification's; nothing inline, nothing from elsewhere, in nobody's frame, and
    /// no way from a string to a script.
    private var policy: String {
        [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:",
            "connect-src 'self'" + (places.qualification.map { " \($0)" } ?? ""), "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ].joined(separator: "; ")
    }

    private func file(_ type: String, _ bytes: [UInt8], _ request: Request) -> Response {
        let tag = ConsoleFiles.tag(of: bytes)
        var headers: HTTPFields = [
            .contentType: type, .cacheControl: "no-cache", .contentSecurityPolicy: policy,
            .xContentTypeOptions: "nosniff", .eTag: tag,
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static func given(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// It becomes a link that staff follow.
    private static func web(_ text: String?, _ flag: String) throws -> String? {
        guard let text = given(text) else { return nil }
        guard let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme), parts.host != nil
        else {
            throw ConfigurationError("\(flag): '\(text)' is no address of a web page")
        }
        return text
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
