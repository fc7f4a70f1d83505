import Contracts
import Hummingbird
import Metrics
import ServiceKit
import Shards

/// Taking a customer's message, from whichever channel, into the spool and the log.
extension IngestService {
    /// Any instance accepts any message, and nothing but its spool must work for that.
    ///
    /// - Throws: a 409 problem if the id is taken by another text, a 503 one if the message could not be kept.
    func accept(
        _ message: MessageReceived, of dealership: Dealership, _ correlation: Correlation
    ) async throws -> Kept {
        if let text = await textInState(message, of: dealership) {
            guard text == message.text else { throw Self.idConflict }
            return .log
        }
        let entry = SpoolEntry(
            message, dealership: dealership.id, partition: service.log.partition(of: dealership.id),
            at: service.clock(), correlation: correlation)
        do {
            let kept = try await pump.accept(entry)
            Self.accepted(message.channel, kept).increment()
            return kept
        } catch let refusal as SpoolRefusal {
            throw Problem(refusal)
        }
    }

    /// What the same id said before, where this instance happens to have the dealership's state. Whatever goes wrong
    /// with it is no reason to refuse a message: the fold tells repeats apart in any case.
    private func textInState(_ message: MessageReceived, of dealership: Dealership) async -> String? {
        guard let shard = try? service.shards.shard(of: dealership.id) else { return nil }
        let (id, conversation) = (message.clientMessageId, message.conversationId)
        return try? await shard.read { db in
            try Threads().message(id, from: .customer, conversation: conversation, in: db)?.text
        }
    }

    private static func accepted(_ channel: Channel, _ kept: Kept) -> Counter {
        Counter(
            label: "dc_messages_accepted", dimensions: [("channel", channel.rawValue), ("kept", kept.rawValue)])
    }

    /// Shows 0 for what has not happened.
    static func declareCounters() {
        for channel in [Channel.web, .sms] {
            for kept in [Kept.log, .spool] { accepted(channel, kept).increment(by: 0) }
        }
        for outcome in ["taken", "refused", "unconfirmed", "blocked", "released"] {
            Counter(label: "dc_texts_sent", dimensions: [("outcome", outcome)]).increment(by: 0)
        }
        Counter(label: "dc_text_reports", dimensions: [("status", "delivered")]).increment(by: 0)
        Counter(label: "dc_texts_misdirected").increment(by: 0)
        // A burst of refusals within one scrape would else be the series' first value, and no increase.
        for route in ["/v1/messages", "/v1/sms/twilio"] {
            Counter(label: "dc_http_requests", dimensions: [("method", "POST"), ("route", route), ("status", "503")])
                .increment(by: 0)
        }
        Counter(label: "dc_media_fetched", dimensions: [("outcome", "stored")]).increment(by: 0)
    }

    static let idConflict = Problem.conflict("id-conflict", "this clientMessageId was used with another text")
}

extension Problem {
    init(_ refusal: SpoolRefusal) {
        switch refusal {
        case .conflict: self = IngestService.idConflict
        case .unwritable: self = .notKept("spool-unwritable", "the message could not be kept")
        case .full: self = .notKept("spool-full", "too many messages wait for Kafka")
        case .busy: self = .notKept("busy", "too many messages arrive at once")
        case .stopping: self = .notKept("stopping", "this instance is starting or stopping")
        }
    }

    private static func notKept(_ code: String, _ detail: String) -> Problem {
        Problem(
            .serviceUnavailable, code, "\(detail); repeat with the same id",
            retryAfterSeconds: Limits.retryAfterSeconds)
    }
}
