import Contracts
import GRDB

@testable import Conversations

/// A pretended partition: makes events, gives them offsets and times, and folds them as the loop does.
struct Log {
    static let sam = Staff(id: "sam", name: "Sam Reed")
    static let kim = Staff(id: "kim", name: "Kim Ito")
    static let start = Timestamp("2026-03-01T12:00:00.000Z")!

    var records: [(offset: Int64, event: Event)] = []

    /// Appends an event one second after the one before it, unless `at` says otherwise.
    @discardableResult
    mutating func append(
        _ payload: some Payload, id: String? = nil, dealership: String = "d1", at: Timestamp? = nil
    ) -> Int64 {
        let offset = Int64(records.count)
        let time = at ?? Log.start.adding(milliseconds: offset * 1_000)
        records.append(
            (
                offset,
                Event(payload, id: id ?? "e\(offset)", dealership: dealership, service: "ingest", time: time)
            ))
        return offset
    }

    @discardableResult
    mutating func received(
        _ conversation: String, _ client: String, _ text: String = "Hello", dealership: String = "d1",
        channel: Channel = .web
    ) -> Int64 {
        append(
            MessageReceived(
                conversationId: conversation, clientMessageId: client, channel: channel, text: text,
                visitorId: channel == .web ? "v" : nil, from: channel == .sms ? "+13145550123" : nil,
                to: channel == .sms ? "+13145550100" : nil), dealership: dealership)
    }

    @discardableResult
    mutating func sent(
        _ conversation: String, _ client: String, _ text: String = "Yes", dealership: String = "d1"
    ) -> Int64 {
        append(
            MessageSent(
                conversationId: conversation, clientMessageId: client, channel: .web, text: text, author: Log.sam),
            dealership: dealership)
    }

    /// A reply by text.
    @discardableResult
    mutating func texted(
        _ conversation: String, _ client: String, _ text: String = "Yes", dealership: String = "d1"
    ) -> Int64 {
        append(
            MessageSent(
                conversationId: conversation, clientMessageId: client, channel: .sms, text: text, author: Log.sam,
                from: "+13145550100", to: "+13145550123"), dealership: dealership)
    }

    /// Staff text first.
    @discardableResult
    mutating func asked(
        _ conversation: String, _ start: TextStart = TextStart(), phone: String = "+13145550123"
    ) -> Int64 {
        append(
            MessageSent(
                conversationId: conversation, clientMessageId: "ask", channel: .sms, text: "May I text you?",
                author: Log.sam, from: "+13145550100", to: phone, asksConsent: true, begins: start))
    }
}
