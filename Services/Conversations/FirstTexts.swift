import Contracts
import GRDB
import Hummingbird
import ServiceKit
import Shards

/// `GET` and `POST /v1/texts`: a customer whose number the dealership knows is texted first, which begins with the
/// question whether they may be.
struct FirstTexts: Sendable {
    let desk: Desk
    /// Makes conversation ids of phone numbers; nil: this instance cannot begin any.
    let secret: Secret?

    func add(to router: Router<AppContext>) {
        router.get("/v1/texts") { request, context in try await look(request, context) }
        router.post("/v1/texts") { request, context in try await begin(request, context) }
    }

    /// How it stands between a dealership and a phone.
    struct Standing: Encodable, Sendable, Equatable {
        /// Where texts with this phone are, or will be.
        var conversationId: String
        /// Somebody has texted already.
        var hasBegun: Bool
        var texting: TextLine
        /// What `POST` would send.
        var request: String

        private enum CodingKeys: String, CodingKey {
            case conversationId, hasBegun, texting, request
        }

        /// - Throws: a 409 or 422 problem where the question must not be asked.
        func check(_ timeZone: String) throws(Problem) {
            let asksNobody = texting.consent == .granted || texting.consent == .none && hasBegun
            guard !asksNobody else {
                throw .conflict(
                    "may-be-texted", "the customer may be texted already", extras: ["conversationId": conversationId])
            }
            let isAskedAgain = texting.consent == .asked && texting.mayAskAgain == true
            let reason = isAskedAgain ? texting.quiet(in: timeZone) : texting.refusal(in: timeZone)
            if var refusal = reason {
                if hasBegun { refusal.extras["conversationId"] = conversationId }
                throw refusal
            }
        }
    }

    private func look(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            guard let phone = PhoneNumber.e164(request.query("phone") ?? "") else {
                throw Problem.badRequest("invalid-parameter", "phone is no telephone number", field: "phone")
            }
            // The console asks for every number that it shows: that there is no way is an answer, and no error.
            guard let (terms, number, id) = try? place(phone, visit) else { return .noContent }
            let standing = try await visit.shard.read {
                try Self.standing(id, number, phone, visit, terms, in: $0)
            }
            return try .json(.ok, standing)
        }
    }

    private struct Begun: Encodable {
        var conversationId: String
        var messageId: String
        var seq: Int64
    }

    private func begin(_ request: Request, _ context: AppContext) async throws -> Response {
        try await desk.serve(request, context) { visit in
            let json = try await request.json()
            let clientMessageId = try Replies.clientMessageId(json)
            guard let phone = PhoneNumber.e164(try json.string("phone")) else {
                throw Problem.unprocessable(
                    "invalid-field", "phone is neither a number of 10 digits nor an international one with +",
                    field: "phone")
            }
            let start = try Self.start(json)
            let (terms, number, id) = try place(phone, visit)
            let (known, standing) = try await visit.shard.read { db in
                (
                    try Replies.message(clientMessageId, id, db),
                    try Self.standing(id, number, phone, visit, terms, in: db)
                )
            }
            if known == nil {
                try standing.check(terms.timeZone)
                let message = MessageSent(
                    conversationId: id, clientMessageId: clientMessageId, channel: .sms, text: standing.request,
                    author: visit.staff, from: number, to: phone, asksConsent: true, begins: start)
                try await desk.append(message, id: message.messageId, visit)
            }
            let folded = try await visit.shard.read { try Replies.message(clientMessageId, id, $0) }
            guard let folded else { throw Desk.unknownConversation }
            try Replies.check(folded, standing.request, on: .sms, by: visit.staff)
            return try .json(.created, Begun(conversationId: id, messageId: folded.id, seq: folded.seq))
        }
    }

    /// - Throws: a 422 problem where nobody can be texted from here.
    private func place(_ phone: String, _ visit: Desk.Visit) throws -> (TextTerms, number: String, id: String) {
        let terms = desk.terms(visit.dealership)
        guard let number = terms.numbers.first else { throw Problem.notConfigured }
        guard let secret else {
            throw Problem.unprocessable(
                "texting-not-configured", "this service was started without DIRECTCHAT_SMS_SECRET")
        }
        return (terms, number, Identifier.textConversation(secret.bytes, number: number, phone: phone))
    }

    private static func standing(
        _ id: String, _ number: String, _ phone: String, _ visit: Desk.Visit, _ terms: TextTerms, in db: Database
    ) throws -> Standing {
        let threads = Threads()
        let dealership = visit.dealership
        guard let line = try TextLine(dealership: dealership, number: number, phone: phone, terms, in: db) else {
            throw Problem.notConfigured
        }
        let route = try threads.textRoute(dealership, number, phone, db)
        let conversation = try threads.conversation(id, dealership: dealership, in: db)
        return Standing(
            conversationId: route ?? id, hasBegun: route != nil || conversation != nil, texting: line,
            request: terms.request(by: visit.staff))
    }

    private static func start(_ json: JSONView) throws -> TextStart {
        func given(_ name: StaticString) throws -> String? {
            guard let text = try json.optionalString(name)?.singleLine, !text.isEmpty else { return nil }
            guard text.unicodeScalars.count <= Limits.nameCharacters else {
                throw MalformedEvent(
                    "invalid-field", "\(name) is longer than \(Limits.nameCharacters) characters (Unicode scalars)")
            }
            return text
        }
        return TextStart(customerId: try given("customerId"), name: try given("name"), dealId: try given("dealId"))
    }
}
