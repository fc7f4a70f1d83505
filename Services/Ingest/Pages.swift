import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit

/// The widget, and a dealership's pages with it on for trying out.
extension IngestService {
    func addPages(to router: Router<AppContext>) {
        add("widget.js", to: router) { request, _ in Self.widget(request) }
        add("demo/:dealership", to: router) { _, context in try demo(context, .home).response }
        add("demo/:dealership/inventory", to: router) { _, context in try demo(context, .inventory).response }
        add("demo/:dealership/inventory/:stock", to: router) { _, context in
            guard let car = DemoCar.all.first(where: { $0.stock == context.parameters.get("stock") }) else {
                throw Problem.notFound("there is no such car")
            }
            return try demo(context, .car(car)).response
        }
    }

    /// Also for HEAD: some CDNs and monitors ask so first.
    private func add(
        _ path: RouterPath, to router: Router<AppContext>,
        answer: @escaping @Sendable (Request, AppContext) throws -> Response
    ) {
        router.get(path) { request, context in try answer(request, context) }
        router.head(path) { request, context in try answer(request, context).createHeadResponse() }
    }

    private func demo(_ context: AppContext, _ place: DemoPage.Place) throws -> DemoPage {
        guard let dealership = context.parameters.get("dealership").flatMap({ service.dealerships[$0] }) else {
            throw Problem.notFound("there is no such dealership")
        }
        return DemoPage(dealership: dealership, place: place)
    }

    /// Kept for five minutes, then asked for again by its tag: a new version is everywhere soon.
    static func widget(_ request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/javascript; charset=utf-8", .cacheControl: "public, max-age=300",
            .eTag: WidgetScript.entityTag, .xContentTypeOptions: "nosniff",
        ]
        // Pages that isolate themselves (COEP) may embed it too.
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[name] = "cross-origin" }
        guard request.headers[.ifNoneMatch]?.contains(WidgetScript.entityTag) != true else {
            return Response(status: .notModified, headers: headers)
        }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: WidgetScript.source)))
    }
}
