import Contracts
import Hummingbird
import ServiceKit
import Shards

/// `PUT /v1/draft`: what the visitor is typing, for the staff who look. Nothing here keeps or logs a draft's text.
extension IngestService {
    func addDrafts(to router: Router<AppContext>) {
        router.put("v1/draft") { request, context in
            let visitor = try await service.visitor(request)
            let draft = try Draft(try await request.json(upTo: Limits.bodyBytes))
            guard visitor.dealership.previews else { return Response.noContent }
            let now = service.clock()
            post(
                Event(
                    DraftChanged(
                        conversationId: visitor.conversationId, revision: draft.revision, text: draft.text),
                    id: Identifier.timeOrdered(at: now), dealership: visitor.dealership.id, service: "ingest",
                    time: now, correlation: context.correlation),
                to: .typing)
            return Response.noContent
        }
    }
}

struct Draft: Equatable {
    var revision: Int64
    var text: String

    /// - Throws: `MalformedEvent` naming the member.
    init(_ json: JSONView) throws(MalformedEvent) {
        revision = try json.integer("revision")
        guard revision >= 0 else { throw MalformedEvent("invalid-field", "revision is not a number from 0 on") }
        text = String(try json.string("text").keepable.unicodeScalars.suffix(Limits.draftCharacters))
    }
}
