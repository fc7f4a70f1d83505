import Contracts
import GRDB
import ServiceKit
import Shards

/// Conversations, their messages, who they are with and whether that visitor is on the website. Owes nothing: staff
/// write through the handlers.
struct ConversationsLogic: ShardLogic {
    let service = "conversations"
    let schemaVersion = Schema.version
    let lead = Feed.kept(.messages)
    let follows: [Feed] = [.kept(.qualifications), .fromStart(.presence), .memory(.typing)]
    let canonicalTables = Schema.canonicalTables
    let drafts: Drafts

    private let threads = Threads()

    init(drafts: Drafts) {
        self.drafts = drafts
    }

    /// Drafts are dropped as their messages come for the first time; at this time nothing is remembered.
    var apart: ConversationsLogic { ConversationsLogic(drafts: Drafts(now: { Timestamp(milliseconds: .max) })) }

    func conversation(of table: String) -> String? {
        switch table {
        case "staff_events", "outcomes", "contacts": "conversation"
        default: Threads.conversation(of: table)
        }
    }

    func createTables(_ db: Database) throws {
        try threads.createTables(db)
        try Schema.create(db)
    }

    func forget(_ topic: Topic, in db: Database) throws {
        guard topic == .presence else { return }
        try db.execute(sql: "DELETE FROM presence")
    }

    func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {
        switch coordinates.topic {
        case .messages: try foldMessages(event, coordinates.offset, db)
        case .qualifications: try QualificationsFold.apply(event, at: coordinates.offset, in: db)
        case .presence: try PresenceFold.apply(event, at: coordinates.offset, in: db)
        default: throw UnknownEventType()
        }
    }

    func observe(_ event: Event, at coordinates: Coordinates) {
        guard coordinates.topic == .typing, event.type == DraftChanged.type else { return }
        // What cannot be read is dropped without a word: a report could show what a customer typed.
        guard let draft: DraftChanged = try? event.payload() else { return }
        drafts.change(draft, dealership: event.dealership, at: event.time)
    }

    private func foldMessages(_ event: Event, _ offset: Int64, _ db: Database) throws {
        switch try threads.fold(event, at: offset, in: db) {
        case .unknownType: throw UnknownEventType()
        case .unchanged: break
        case .changed(let conversation):
            if event.type == MessageReceived.type {
                // Memory beside the fold, never read by it: the sent message replaces what was being typed.
                drafts.close(conversation, dealership: event.dealership, at: event.time)
            } else {
                try StaffEventsFold.apply(event, at: offset, in: db)
            }
        }
    }
}
