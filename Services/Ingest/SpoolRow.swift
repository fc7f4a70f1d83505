import Contracts
import Shards

/// A customer's message on its way to the log.
struct SpoolEntry: Sendable, Equatable {
    var event: Event
    var partition: Int32
    var conversationId: String
    /// Whose ids these are: the customer's, or the provider's.
    var side: String
    var clientMessageId: String
    /// What a repetition must say too, of a customer's message; the event itself may differ in its time and in the request
    /// that it names.
    var text: String?

    init(
        _ message: MessageReceived, dealership: String, partition: Int32, at time: Timestamp,
        correlation: Correlation = .none
    ) {
        event = Event(
            message, id: message.messageId, dealership: dealership, service: "ingest", time: time,
            correlation: correlation)
        self.partition = partition
        conversationId = message.conversationId
        side = Side.customer.rawValue
        clientMessageId = message.clientMessageId
        text = message.text
    }

    init(
        _ report: TextReport, dealership: String, partition: Int32, at time: Timestamp,
        correlation: Correlation = .none
    ) {
        event = Event(
            report.status, id: report.eventId, dealership: dealership, service: "ingest", time: time,
            correlation: correlation)
        self.partition = partition
        conversationId = report.status.conversationId
        side = "report"
        clientMessageId = report.eventId
    }
}

/// A message in the spool. `row` grows with arrival and is never used twice.
struct SpoolRow: Sendable, Equatable {
    var row: Int64
    var event: Event
}

/// What became of an entry that was offered to the spool.
enum Admission: Sendable, Equatable {
    /// A new row.
    case new(Int64)
    /// The same message is here already.
    case same(Int64, acknowledged: Bool)
    /// The same id is here with another text.
    case conflict
}

/// What one transaction of the spool does.
struct SpoolChange: Sendable {
    var entries: [SpoolEntry] = []
    /// Rows that the log has, and when it said so.
    var acknowledged: [(row: Int64, at: Timestamp)] = []
    /// Of each partition the last record that the log acknowledged; nil where nobody knows its offset.
    var tails: [Int32: AppendedRecord?] = [:]
    /// Rows acknowledged after this moment are in doubt and become pending again.
    var reclaimAfter: Timestamp?
    /// Except those of these partitions.
    var spared: Set<Int32> = []
    /// Partitions of which every row becomes pending again.
    var lost: Set<Int32> = []
    /// Rows acknowledged before this moment are deleted.
    var expireBefore: Timestamp?
    /// Writes something even if nothing else is to be written, to see that it can be.
    var probe = false
}

/// What a transaction of the spool found.
struct SpoolOutcome: Sendable {
    /// One for each entry, in order.
    var admissions: [Admission]
    /// Counted only where rows were reclaimed.
    var pending: Int?
}
