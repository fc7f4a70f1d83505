/// What a record came of, for whoever looks for everything that one request did. Nothing is ever decided by it.
///
/// It is like the event's time: whoever appends a fact first says it, and a repeat of the same fact by another request
/// says another one. What is *owed* takes it from the record that caused it, as that record says it and without a span of
/// its own, never from whoever appends it: two owners write the same bytes.
///
/// In Kafka: `ce_correlationid` and `ce_causationid` (CloudEvents' extension for correlation) and `traceparent` (W3C).
public struct Correlation: Sendable, Hashable {
    /// The request's, as its answer says in `X-Correlation-Id` and every error in its body.
    public var id: String?
    /// The id of the event that caused this one; nil where a request did.
    public var causationId: String?
    public var trace: Traceparent?

    public init(id: String? = nil, causationId: String? = nil, trace: Traceparent? = nil) {
        (self.id, self.causationId, self.trace) = (id, causationId, trace)
    }

    /// Of what no request caused, such as a visit that ends because time has passed.
    public static let none = Correlation()

    /// What an event gives to those that it causes; nothing where it says nothing itself.
    public func caused(by eventId: String) -> Correlation {
        self == .none ? .none : Correlation(id: id, causationId: eventId, trace: trace)
    }

    /// Reads what a record says. What is malformed is left out, and is no reason to refuse a record.
    ///
    /// - Parameter header: the value of the last header of that name.
    public init(_ header: (StaticString) -> ArraySlice<UInt8>?) {
        id = header("ce_correlationid").flatMap { String(validating: $0, as: UTF8.self) }
            .flatMap { Identifier.isValid($0) ? $0 : nil }
        causationId = header("ce_causationid").flatMap { String(validating: $0.prefix(256), as: UTF8.self) }
        trace = header("traceparent").flatMap { String(validating: $0, as: UTF8.self) }.flatMap { Traceparent($0) }
    }

    var headers: [(name: String, value: [UInt8])] {
        var headers: [(name: String, value: [UInt8])] = []
        if let id { headers.append(("ce_correlationid", Array(id.utf8))) }
        if let causationId { headers.append(("ce_causationid", Array(causationId.utf8))) }
        if let trace { headers.append((Traceparent.header, Array(trace.description.utf8))) }
        return headers
    }
}
