import Contracts
import Hummingbird
import ServiceKit
import Shards

/// `POST /v1/conversations/{id}/consent`: staff record that the customer asked for an end of texts.
struct Consents: Sendable {
    let desk: Desk

    func add(to router: Router<AppContext>) {
        router.post("/v1/conversations/:id/consent") { request, context in try await stop(request, context) }
    }

    private func stop(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            guard try await request.json().string("state") == Consent.stopped.rawValue else {
                throw Problem.unprocessable(
                    "invalid-field", "state is not stopped: nobody but the customer can allow texts again",
                    field: "state")
            }
            let terms = desk.terms(visit.dealership)
            let (id, line) = try await visit.conversation(context) { conversation, db in
                (conversation.id, try TextLine(conversation, terms, in: db))
            }
            guard let line else {
                throw Problem.unprocessable("no-phone", "this customer cannot be texted as it is")
            }
            guard line.consent != .stopped else { return .noContent }
            try await desk.append(
                ConsentChanged(conversationId: id, from: line.from, phone: line.to, state: .stopped, by: visit.staff),
                visit)
            return .noContent
        }
    }
}
