/// The record that a decision about a dead letter is about: it stays in the log where it is.
public struct DeadLetterReference: Codable, Sendable, Hashable {
    /// Its name without prefix.
    public var topic: String
    public var partition: Int32
    public var offset: Int64
    /// What it calls itself; nil where it has no id.
    public var eventId: String?

    public init(topic: Topic, partition: Int32, offset: Int64, eventId: String?) {
        (self.topic, self.partition, self.offset, self.eventId) = (topic.rawValue, partition, offset, eventId)
    }

    init(json: JSONView) throws(MalformedEvent) {
        topic = try json.string("topic")
        partition = Int32(clamping: try json.integer("partition"))
        offset = try json.integer("offset")
        eventId = try json.optionalString("eventId")
    }
}

/// The event that a dead letter should have been. Its id is that of the record that carries it.
public struct AmendedEvent: Codable, Sendable, Equatable {
    /// As `Event` has it: without `directchat.` and `.v1`.
    public var type: String
    public var dealership: String
    public var service: String
    public var subject: String?
    public var time: Timestamp
    /// The JSON value, as text: to the byte what a record of it would have.
    public var data: String

    public init(_ event: Event) {
        (type, dealership, service) = (event.type, event.dealership, event.service)
        (subject, time, data) = (event.subject, event.time, String(decoding: event.data, as: UTF8.self))
    }

    init(json: JSONView) throws(MalformedEvent) {
        type = try json.string("type")
        dealership = try json.identifier("dealership")
        service = try json.identifier("service")
        subject = try json.optionalString("subject")
        time = try json.timestamp("time")
        data = try json.string("data")
    }

    /// - Parameter id: of the record that carries it.
    public func event(id: String) -> Event {
        Event(
            id: id, type: type, dealership: dealership, service: service, subject: subject, time: time,
            data: Array(data.utf8))
    }
}

/// A dead letter is settled by a corrected copy, which every service that refused the letter folds as the event it is.
/// On the dead letter's topic, and on the partition of the corrected event too where that is another.
public struct DeadLetterAmended: Payload, Equatable {
    public static let type = "dead-letter.amended"
    public var letter: DeadLetterReference
    /// Who decided, and why.
    public var by: String
    public var reason: String
    public var event: AmendedEvent

    public init(letter: DeadLetterReference, by: String, reason: String, event: AmendedEvent) {
        (self.letter, self.by, self.reason, self.event) = (letter, by, reason, event)
    }

    public var subject: String? { "\(letter.topic)/\(letter.partition)/\(letter.offset)" }

    /// A function of the letter and of the correction: the same command again says the same again.
    public var id: String {
        let correction = Identifier.derived(
            event.type, event.dealership, event.service, event.subject ?? "", event.time.description, event.data)
        return "\(letter.topic)-\(letter.partition)-\(letter.offset)-amended-\(correction)"
    }

    public init(json: JSONView) throws(MalformedEvent) {
        letter = try DeadLetterReference(json: json.object("letter"))
        by = try json.string("by")
        reason = try json.string("reason")
        event = try AmendedEvent(json: json.object("event"))
    }
}

/// A dead letter is settled: nothing is to come of it. On the dead letter's topic and partition.
public struct DeadLetterDiscarded: Payload, Equatable {
    public static let type = "dead-letter.discarded"
    public var letter: DeadLetterReference
    /// Who decided, and why.
    public var by: String
    public var reason: String

    public init(letter: DeadLetterReference, by: String, reason: String) {
        (self.letter, self.by, self.reason) = (letter, by, reason)
    }

    public var subject: String? { "\(letter.topic)/\(letter.partition)/\(letter.offset)" }
    public var id: String { "\(letter.topic)-\(letter.partition)-\(letter.offset)-discarded" }

    public init(json: JSONView) throws(MalformedEvent) {
        letter = try DeadLetterReference(json: json.object("letter"))
        by = try json.string("by")
        reason = try json.string("reason")
    }
}
