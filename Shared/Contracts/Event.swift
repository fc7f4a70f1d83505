/// One fact on a topic: a CloudEvents 1.0 event in Kafka's binary mode.
///
/// The payload stays bytes until a fold asks for it; `payload(_:)` decodes it.
public struct Event: Sendable, Equatable {
    /// `ce_id`, unique together with `source`. A repeated or replayed record keeps it.
    public var id: String
    /// `ce_type` without `directchat.` and `.v1`, such as `message.received`; whole where it is of another version or
    /// maker. Unknown types are legal.
    public var type: String
    public var dealership: String
    /// The service that said it; together with the dealership this is `ce_source`.
    public var service: String
    /// `ce_subject`: the conversation or the deal.
    public var subject: String?
    /// `ce_time`, and the record's timestamp.
    public var time: Timestamp
    /// The record's key: the dealership's id, or on compacted topics `dealership/finer`.
    public var key: String
    /// The JSON value.
    public var data: [UInt8]
    /// What it came of.
    public var correlation: Correlation

    public init(
        id: String, type: String, dealership: String, service: String, subject: String?, time: Timestamp,
        key: String? = nil, data: [UInt8], correlation: Correlation = .none
    ) {
        self.id = id
        self.type = type
        self.dealership = dealership
        self.service = service
        self.subject = subject
        self.time = time
        self.key = key ?? dealership
        self.data = data
        self.correlation = correlation
    }

    public var source: String { "/dealerships/\(dealership)/\(service)" }

    /// A payload's event: type, body and subject come from the payload.
    public init<P: Payload>(
        _ payload: P, id: String, dealership: String, service: String, time: Timestamp, key: String? = nil,
        correlation: Correlation = .none
    ) {
        self.init(
            id: id, type: P.type, dealership: dealership, service: service, subject: payload.subject, time: time,
            key: key, data: payload.encoded(), correlation: correlation)
    }

    /// What it gives to the events that it causes.
    public var consequence: Correlation { correlation.caused(by: id) }

    /// - Throws: `MalformedEvent` naming the field.
    public func payload<P: Payload>(_: P.Type = P.self) throws(MalformedEvent) -> P {
        try P(json: JSONView(data))
    }
}

/// What a topic's reader refuses: the reason of a dead letter. It never carries text that a customer wrote.
public struct MalformedEvent: Error, Equatable, CustomStringConvertible {
    /// A short stable word for counting, such as `missing-header`, `broken-json`, `invalid-field`, `wrong-partition`.
    public var reason: String
    /// What is wrong, naming the header or field.
    public var detail: String

    public init(_ reason: String, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "\(reason): \(detail)" }

    /// Every reason that a record is refused for, so that each can be counted from 0 on.
    public static let reasons = [
        "broken-json", "foreign-conversation", "invalid-field", "invalid-header", "invalid-key", "missing-field",
        "missing-header", "no-value", "not-an-object", "unknown-conversation", "unknown-message", "wrong-partition",
    ]
}
