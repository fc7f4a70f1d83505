import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// The page that the service serves to staff. It is compiled in, so that it works from any directory.
enum ConsolePage {
    /// Its own files and its own API; nothing inline, nothing from elsewhere, in nobody's frame.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """

    static func add(to router: Router<AppContext>) {
        router.get("/") { _, _ in file("text/html; charset=utf-8", ConsoleHTML.text) }
        router.get("/console.css") { _, _ in file("text/css; charset=utf-8", ConsoleStyle.text) }
        router.get("/console.js") { _, _ in file("text/javascript; charset=utf-8", ConsoleScript.text) }
    }

    private static func file(_ type: String, _ text: String) -> Response {
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-cache"]
        headers[.contentSecurityPolicy] = policy
        headers[.xContentTypeOptions] = "nosniff"
        if let referrer = HTTPField.Name("Referrer-Policy") { headers[referrer] = "no-referrer" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
