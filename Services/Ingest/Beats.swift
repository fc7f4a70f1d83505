import Contracts
import Hummingbird
import ServiceKit
import Shards

/// `POST /v1/beats`: a tab is on the website, or leaves it. Sent on by the producer that drops rather than blocks.
extension IngestService {
    func addBeats(to router: Router<AppContext>) {
        router.post("v1/beats") { request, context in
            let visitor = try await service.visitor(request)
            let beat = try Beat(try await request.json(upTo: Limits.bodyBytes))
            post(
                beat.event(
                    conversation: visitor.conversationId, dealership: visitor.dealership.id, at: service.clock(),
                    context.correlation),
                to: .activity)
            return Response.noContent
        }
    }
}

struct Beat: Equatable {
    var tabId: String
    var page: String?
    var visible: Bool
    var leaving: Bool

    /// - Throws: `MalformedEvent` naming the member.
    init(_ json: JSONView) throws(MalformedEvent) {
        tabId = try json.string("tabId")
        guard Identifier.isValid(tabId) else {
            throw MalformedEvent("invalid-field", "tabId is not 1 to 64 of A-Z a-z 0-9 _ -")
        }
        page = try json.optionalString("page").map {
            String($0.keepable.unicodeScalars.prefix(Limits.pageCharacters))
        }
        leaving = try json.optionalBool("leaving") ?? false
        // A tab that leaves is seen by nobody.
        visible = leaving ? false : try json.bool("visible")
    }

    /// The lease that it renews runs from this server's clock: a visitor's clock is never asked.
    func event(
        conversation: String, dealership: String, at now: Timestamp, _ correlation: Correlation = .none
    ) -> Event {
        let id = Identifier.timeOrdered(at: now)
        if leaving {
            return Event(
                VisitLeft(conversationId: conversation, tabId: tabId), id: id, dealership: dealership,
                service: "ingest", time: now, correlation: correlation)
        }
        return Event(
            VisitBeat(conversationId: conversation, tabId: tabId, page: page, visible: visible), id: id,
            dealership: dealership, service: "ingest", time: now, correlation: correlation)
    }
}
