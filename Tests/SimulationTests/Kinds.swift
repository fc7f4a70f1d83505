import Contracts
import Shards

@testable import Conversations
@testable import Ingest
@testable import Qualification

/// Does something with the logic of a service that folds kept topics.
protocol LogicVisitor {
    func visit<Logic: ShardLogic>(_ logic: Logic) async throws
}

extension ServiceName {
    func accept(_ visitor: some LogicVisitor) async throws {
        switch self {
        case .ingest: try await visitor.visit(IngestLogic(board: ConversationBoard()))
        case .conversations:
            try await visitor.visit(ConversationsLogic(drafts: Drafts(now: { Timestamp(milliseconds: 0) })))
        case .qualification: try await visitor.visit(QualificationLogic())
        case .presence: break
        }
    }

    /// What it reads and keeps in its file.
    var folded: [Topic] {
        switch self {
        case .ingest: [.messages, .qualifications]
        case .conversations: [.messages, .qualifications, .presence]
        case .qualification: [.messages, .qualifications, .dealCreated]
        case .presence: [.activity, .presence]
        }
    }
}
