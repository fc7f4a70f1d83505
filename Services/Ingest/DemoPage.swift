import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// A dealership's website for trying the widget out: a home page, its cars, and one car, so that one can go from page to
/// page. It allows itself nothing but its own style and the widget.
struct DemoPage {
    enum Place {
        case home, inventory
        case car(DemoCar)
    }

    let dealership: Dealership
    let place: Place

    var response: Response {
        let nonce = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        let policy = [
            "default-src 'none'", "script-src 'self'", "style-src 'nonce-\(nonce)'", "connect-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            "trusted-types 'none'",
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
        let isHome = if case .home = place { true } else { false }
        let style = Self.filled(
            PackageResources.demo_css, ["color": Self.escaped(color), "on": Self.isLight(color) ? "#000" : "#fff"])
        return Self.filled(
            PackageResources.demo_html,
            [
                "nonce": nonce, "style": style, "id": Self.escaped(dealership.id), "name": name,
                "title": Self.escaped(title), "phone": Self.escaped(phone), "main": main,
                "homeCurrent": isHome ? " aria-current=\"page\"" : "",
                "inventoryCurrent": isHome ? "" : " aria-current=\"page\"",
            ])
    }

    private var color: String { dealership.color ?? "#1d5bd6" }
    private var name: String { Self.escaped(dealership.name) }
    private var phone: String {
        let number = dealership.smsNumbers.first ?? "+15555550100"
        guard let parts = number.wholeMatch(of: /\+1(\d{3})(\d{3})(\d{4})/)?.output else { return number }
        return "(\(parts.1)) \(parts.2)-\(parts.3)"
    }

    private var title: String {
        switch place {
        case .home: "Home"
        case .inventory: "Inventory"
        case .car(let car): car.title
        }
    }

    private var main: String {
        switch place {
        case .home:
            """
            <div class="hero"><div class="wide"><h1>Find the right car at \(name)</h1>
            <p>Inspected, fairly priced and ready to drive. Ask us anything: a person answers in the chat.</p>
            <a class="button" href="\(path)/inventory">See what is on the lot</a></div></div>
            <div class="wide"><h2>New on the lot</h2>\(cards(DemoCar.all.prefix(4)))</div>
            """
        case .inventory:
            """
            <div class="wide"><h1 class="small">\(DemoCar.all.count) cars on the lot</h1>\(cards(DemoCar.all[...]))</div>
            """
        case .car(let car):
            """
            <div class="wide two">\(car.picture)
            <div class="panel"><h1>\(car.title)</h1><p class="dim">\(car.trim)</p><p class="price">\(car.price)</p>
            <dl><dt>Stock</dt><dd>\(car.stock)</dd><dt>Mileage</dt><dd>\(car.miles) mi</dd><dt>Title</dt><dd>Clean</dd>
            <dt>Owners</dt><dd>1</dd></dl>
            <p class="dim">Is it still here? Would you like to drive it? Ask us in the chat.</p></div></div>
            """
        }
    }

    private var path: String { "/demo/\(Self.escaped(dealership.id))" }

    private func cards(_ cars: ArraySlice<DemoCar>) -> String {
        let items = cars.map { car in
            """
            <li><a href="\(path)/inventory/\(car.stock)">\(car.picture)
            <div class="body"><strong>\(car.title)</strong><span class="dim">\(car.trim) · \(car.miles) mi</span>
            <div class="price">\(car.price)</div></div></a></li>
            """
        }
        return "<ul class=\"cards\">" + items.joined() + "</ul>"
    }

    /// A page with its `{{name}}`s filled in; what is filled in is not looked at again.
    private static func filled(_ page: [UInt8], _ values: [String: String]) -> String {
        String(decoding: page, as: UTF8.self).replacing(/\{\{(\w+)\}\}/) { values[String($0.output.1)] ?? "" }
    }

    /// As the widget decides it: which of black and white reads better on `#rrggbb`.
    static func isLight(_ color: String) -> Bool {
        let bits = Int(color.dropFirst(), radix: 16) ?? 0
        let parts = [16, 8, 0].map { shift -> Double in
            let part = Double(bits >> shift & 255) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] > 0.179
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
