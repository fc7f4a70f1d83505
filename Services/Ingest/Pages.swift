import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// The widget, and a dealership's page with it on for trying out.
extension IngestService {
    func addPages(to router: Router<AppContext>) {
        router.get("widget.js") { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "text/javascript; charset=utf-8", .cacheControl: "public, max-age=300",
                    .xContentTypeOptions: "nosniff",
                ],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.widget_js)))
        }
        router.get("demo/:dealership") { _, context in
            guard let dealership = context.parameters.get("dealership").flatMap({ service.dealerships[$0] }) else {
                throw Problem.notFound("there is no such dealership")
            }
            return DemoPage(dealership: dealership).response
        }
    }
}

/// A page that allows itself nothing but the widget.
struct DemoPage {
    let dealership: Dealership

    var response: Response {
        let nonce = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        let policy = [
            "default-src 'none'", "script-src 'self'", "style-src 'nonce-\(nonce)'", "connect-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: policy,
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "same-origin" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html(nonce))))
    }

    /// - Parameter nonce: allows this page's one style sheet.
    func html(_ nonce: String) -> String {
        let name = Self.escaped(dealership.name)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(name)</title>
            <style nonce="\(nonce)">
            body { font: 16px/1.5 system-ui, sans-serif; color: #222; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }
            </style>
            </head>
            <body>
            <main>
            <h1>\(name)</h1>
            <p>This page stands for the dealership's website. The chat button is at the bottom right.</p>
            </main>
            <script src="/widget.js" data-dealership="\(Self.escaped(dealership.id))" defer></script>
            </body>
            </html>

            """
    }

    static func escaped(_ text: String) -> String {
        var output = ""
        for character in text {
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            default: output.append(character)
            }
        }
        return output
    }
}
