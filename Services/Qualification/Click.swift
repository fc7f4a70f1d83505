import Contracts
import ServiceKit

/// The body of `POST /v1/qualifications`, checked and normalised.
struct Click: Equatable {
    var requestId: String
    var conversationId: String
    var customer: ContactEntry
    /// The checkbox, never guessed: other systems act on a deal, and nothing takes it back.
    var startNewDeal: Bool
    var knownDeals: [String]?

    /// - Throws: a 400 problem for what is missing or of another type, a 422 one for what cannot be right; both name
    ///   the field.
    init(json: JSONView) throws {
        requestId = try Self.identifier(json.string("requestId"), "requestId")
        // Not minted by staff, so only looked up: what is not there is a 404.
        conversationId = try json.identifier("conversationId")
        customer = try Contact.entry(json.object("customer"))
        startNewDeal = try json.bool("startNewDeal")
        knownDeals = try json.optionalStrings("knownDeals")
        guard let knownDeals else { return }
        guard knownDeals.count <= Limits.knownDeals else {
            throw Problem.unprocessable(
                "too-many", "knownDeals has more than \(Limits.knownDeals) deals", field: "knownDeals")
        }
        for deal in knownDeals { _ = try Self.identifier(deal, "knownDeals") }
    }

    /// Whether the click that was folded under this id is this one. Times and positions differ in a retry.
    func isSame(as request: QualifyRequested) -> Bool {
        conversationId == request.conversationId && customer == request.customer
            && startNewDeal == request.startNewDeal && knownDeals.map(Set.init) == request.knownDeals.map(Set.init)
    }

    private static func identifier(_ text: String, _ field: String) throws -> String {
        guard Identifier.isValid(text) else {
            throw Problem.unprocessable("invalid-field", "\(field) is not 1 to 64 of A-Z a-z 0-9 _ -", field: field)
        }
        return text
    }
}
