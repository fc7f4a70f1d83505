import Contracts
import GRDB
import ServiceKit
import Shards
import Testing

@testable import Ingest

@Suite struct IngestLogicTests {
    let board = ConversationBoard()
    let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
        try database.write { try IngestLogic(board: board).createTables($0) }
    }

    private func fold(_ payload: some Payload, _ topic: Topic, at offset: Int64) throws {
        let event = Event(
            payload, id: "e\(offset)", dealership: "north", service: "ingest", time: Timestamp(milliseconds: offset))
        try database.write { db in
            try IngestLogic(board: board).fold(
                event, at: Coordinates(topic: topic, partition: 0, offset: offset), in: db)
        }
    }

    private func message(_ id: String, _ conversation: String = "web-1") -> MessageReceived {
        MessageReceived(conversationId: conversation, clientMessageId: id, channel: .web, text: "hi")
    }

    @Test func messagesAreFoldedOnceAndWatchersHearOfThem() async throws {
        try await board.watching("web-1") {
            #expect(board.lastChange("web-1") == -1)
            try fold(message("a"), .messages, at: 4)
            #expect(board.lastChange("web-1") == 4)
            try fold(message("a"), .messages, at: 5)
            try fold(message("b", "web-2"), .messages, at: 6)
            #expect(board.lastChange("web-1") == 4)
            #expect(board.lastChange("web-2") == -1)
        }
        #expect(board.lastChange("web-1") == -1)
        let count = try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM messages") }
        #expect(count == 2)
    }

    @Test func typesThatNobodyKnowsAreSkipped() {
        struct Later: Payload {
            static let type = "message.later"
            var subject: String? { nil }
            init() {}
            init(json: JSONView) throws(MalformedEvent) {}
        }
        #expect(throws: UnknownEventType.self) { try fold(Later(), .messages, at: 0) }
        #expect(throws: UnknownEventType.self) { try fold(Later(), .qualifications, at: 0) }
    }

    @Test func aBrokenQualificationIsRefused() throws {
        struct Broken: Payload {
            static let type = QualifyDeclined.type
            var requestId = "r"
            var subject: String? { nil }
            init() {}
            init(json: JSONView) throws(MalformedEvent) {}
        }
        #expect(throws: MalformedEvent.self) { try fold(Broken(), .qualifications, at: 0) }
        try fold(
            QualifyDeclined(requestId: "r", conversationId: "web-1", reason: "x", dealId: nil), .qualifications, at: 1)
    }

    @Test func typingIsRememberedForWhoeverWatches() async {
        let logic = IngestLogic(board: board)
        func observe(_ typing: Bool) {
            logic.observe(
                Event(
                    AgentTyping(conversationId: "web-1", typing: typing), id: "t", dealership: "north",
                    service: "conversations", time: Timestamp(milliseconds: 0)),
                at: Coordinates(topic: .typing, partition: 0, offset: 0))
        }
        observe(true)
        #expect(board.typing("web-1") == nil)
        await board.watching("web-1") {
            observe(true)
            let first = board.typing("web-1")
            observe(true)
            let second = board.typing("web-1")
            #expect(first != nil && second != nil && first != second)
            observe(false)
            #expect(board.typing("web-1") == nil)
            observe(true)
        }
        // Never restored from before.
        await board.watching("web-1") { #expect(board.typing("web-1") == nil) }
    }
}
