/// A record that says what was decided about a dead letter.
///
/// It is about a record and not about a dealership, whom the letter may not even name: its source is the tool, and it
/// stands where the letter stands.
public struct DeadLetterSettlement: Sendable, Equatable {
    public enum Decision: Sendable, Equatable {
        case amended(DeadLetterAmended)
        case discarded(DeadLetterDiscarded)
    }

    public static let source = "/services/replay"

    public let id: String
    /// When it was decided.
    public let time: Timestamp
    public let decision: Decision

    public init(_ decision: Decision, at time: Timestamp) {
        self.decision = decision
        self.time = time
        id =
            switch decision {
            case .amended(let amended): amended.id
            case .discarded(let discarded): discarded.id
            }
    }

    public var letter: DeadLetterReference {
        switch decision {
        case .amended(let amended): amended.letter
        case .discarded(let discarded): discarded.letter
        }
    }

    public var by: String {
        switch decision {
        case .amended(let amended): amended.by
        case .discarded(let discarded): discarded.by
        }
    }

    public var reason: String {
        switch decision {
        case .amended(let amended): amended.reason
        case .discarded(let discarded): discarded.reason
        }
    }

    /// The event to fold in the letter's stead.
    public var event: Event? {
        switch decision {
        case .amended(let amended): amended.event.event(id: id)
        case .discarded: nil
        }
    }

    // MARK: On the wire

    private static let typePrefix = Array((CloudEvents.typePrefix + "dead-letter.").utf8)

    /// Nil for what is another record.
    ///
    /// - Parameter header: the value of the last header of that name.
    /// - Throws: `MalformedEvent`: such a record is a dead letter itself.
    public init?(
        value: ArraySlice<UInt8>?, header: (StaticString) -> ArraySlice<UInt8>?
    ) throws(MalformedEvent) {
        guard let type = header("ce_type"), type.starts(with: Self.typePrefix) else { return nil }
        guard let source = header("ce_source"), String(decoding: source, as: UTF8.self) == Self.source else {
            throw MalformedEvent("invalid-header", "ce_source is not \(Self.source)")
        }
        guard let id = header("ce_id").flatMap({ String(validating: $0, as: UTF8.self) }), !id.isEmpty else {
            throw MalformedEvent("missing-header", "ce_id")
        }
        guard let time = header("ce_time").flatMap({ Timestamp(String(decoding: $0, as: UTF8.self)) }) else {
            throw MalformedEvent("invalid-header", "ce_time is not RFC 3339")
        }
        guard let value else { throw MalformedEvent("no-value", "a tombstone is no event") }
        let json = try JSONView(Array(value))
        switch String(decoding: type, as: UTF8.self) {
        case CloudEvents.typePrefix + DeadLetterAmended.type + CloudEvents.typeSuffix:
            decision = .amended(try DeadLetterAmended(json: json))
        case CloudEvents.typePrefix + DeadLetterDiscarded.type + CloudEvents.typeSuffix:
            decision = .discarded(try DeadLetterDiscarded(json: json))
        default:
            throw MalformedEvent("invalid-header", "ce_type names no decision about a dead letter")
        }
        (self.id, self.time) = (id, time)
    }

    public var headers: [(name: String, value: [UInt8])] {
        let (type, subject) =
            switch decision {
            case .amended(let amended): (DeadLetterAmended.type, amended.subject)
            case .discarded(let discarded): (DeadLetterDiscarded.type, discarded.subject)
            }
        return CloudEvents.headers(id: id, source: Self.source, type: type, time: time, subject: subject)
    }

    public var value: [UInt8] {
        switch decision {
        case .amended(let amended): amended.encoded()
        case .discarded(let discarded): discarded.encoded()
        }
    }
}
