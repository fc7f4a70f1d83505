import Contracts
import GRDB
import ServiceKit
import Shards

/// What ingest folds: conversations and their messages, for the customer's stream, for resuming a session, to tell a
/// repeated message from a new one, and to send texts.
struct IngestLogic: ShardLogic {
    let board: ConversationBoard
    private let threads = Threads()

    init(board: ConversationBoard) {
        self.board = board
    }

    let service = "ingest"
    let schemaVersion = 2
    let lead = Feed.kept(.messages)
    let follows = [Feed.kept(.qualifications), Feed.memory(.typing)]
    let canonicalTables = Threads.tables

    /// No stream is to look at what is folded again.
    var apart: IngestLogic { IngestLogic(board: ConversationBoard()) }

    func conversation(of table: String) -> String? { Threads.conversation(of: table) }

    func createTables(_ db: Database) throws {
        try threads.createTables(db)
    }

    func fold(_ event: Event, at coordinates: Coordinates, in db: Database) throws {
        switch coordinates.topic {
        case .messages:
            switch try threads.fold(event, at: coordinates.offset, in: db) {
            // A hint for streams where to look after the commit; nothing here depends on it.
            case .changed(let conversation): board.changed(conversation, at: coordinates.offset)
            case .unchanged: break
            case .unknownType: throw UnknownEventType()
            }
        case .qualifications: try check(event)
        default: throw UnknownEventType()
        }
    }

    /// Nothing of a qualification is kept here yet: texting out will ask who a conversation is with.
    private func check(_ event: Event) throws {
        switch event.type {
        case QualifyRequested.type: _ = try event.payload(QualifyRequested.self)
        case ConversationQualified.type: _ = try event.payload(ConversationQualified.self)
        case QualifyDeclined.type: _ = try event.payload(QualifyDeclined.self)
        default: throw UnknownEventType()
        }
    }

    func owed(_ ledger: Ledger, now: Timestamp) throws {
        try OwedTexts.owe(ledger, now: now)
    }

    func observe(_ event: Event, at coordinates: Coordinates) {
        guard event.type == AgentTyping.type, let typing = try? event.payload(AgentTyping.self) else { return }
        board.typing(typing.conversationId, typing.typing)
    }
}
