import Contracts
import GRDB
import ServiceKit
import Testing

@testable import Conversations

@Suite struct ThreadsTests {
    let threads = Threads()
    let queue: DatabaseQueue

    init() throws {
        queue = try DatabaseQueue()
        try queue.write { try Threads().createTables($0) }
    }

    /// Folds each record in a savepoint, as the loop does; gives the reasons of those that were refused.
    @discardableResult
    private func fold(_ log: Log) throws -> [String] {
        try queue.write { db in
            var refused: [String] = []
            for (offset, event) in log.records {
                do {
                    _ = try threads.fold(event, at: offset, in: db)
                } catch let error as MalformedEvent {
                    refused.append(error.reason)
                }
            }
            return refused
        }
    }

    private func row(_ id: String) throws -> Row {
        let sql = "SELECT * FROM conversations WHERE id = ?"
        return try queue.read { try #require(try Row.fetchOne($0, sql: sql, arguments: [id])) }
    }

    private func texts(_ id: String) throws -> [String] {
        try queue.read { try threads.messages(of: id, after: -1, limit: 100, in: $0) }.map { "\($0.seq) \($0.text)" }
    }

    private func dump() throws -> [String] {
        try queue.read { db in
            try Threads.tables.flatMap { try Row.fetchAll(db, sql: "SELECT * FROM \($0)").map(\.description) }
        }
    }

    @Test func aRepeatedMessageCountsOnceAndTheFirstTextWins() throws {
        var log = Log()
        log.received("c1", "a", "first")
        log.received("c1", "a", "second")
        log.received("c1", "b", "third")
        try fold(log)
        #expect(try texts("c1") == ["1 first", "2 third"])
        #expect(try row("c1")["unread"] == 2)
        #expect(try row("c1")["changed"] == 2)
    }

    @Test func oneClientIdInTwoConversationsOrOnTwoSidesIsTwoMessages() throws {
        var log = Log()
        log.received("c1", "a", "mine")
        log.received("c2", "a", "yours")
        log.sent("c1", "a", "reply")
        try fold(log)
        #expect(try texts("c1") == ["1 mine", "2 reply"])
        #expect(try texts("c2") == ["1 yours"])
    }

    @Test func numbersHaveNoGapWhateverIsRepeatedOrRefused() throws {
        var log = Log()
        for index in 0..<20 {
            log.received("c1", "m\(index % 7)")
            log.sent("c1", "s\(index % 5)")
            log.received("c1", "m\(index % 7)", dealership: "d2")
        }
        try fold(log)
        let numbers = try queue.read { try threads.messages(of: "c1", after: -1, limit: 100, in: $0) }.map(\.seq)
        #expect(numbers == Array(1...12))
        #expect(try row("c1")["messages"] == 12)
    }

    @Test func aConversationBelongsToOneDealership() throws {
        var log = Log()
        log.received("c1", "a")
        log.received("c1", "a", dealership: "d2")
        log.received("c1", "b", dealership: "d2")
        log.sent("c1", "s", dealership: "d2")
        log.append(ConversationClosed(conversationId: "c1", by: Log.kim), dealership: "d2")
        log.append(
            ConversationRead(conversationId: "c1", messageId: "c1.c.a", by: Log.kim), dealership: "d2")
        #expect(try fold(log) == Array(repeating: "foreign-conversation", count: 5))
        #expect(try texts("c1").count == 1)
        #expect(try row("c1")["changed"] == 0)
    }

    @Test func staffCannotWriteWhereNobodyHasBegun() throws {
        var log = Log()
        log.sent("c1", "s")
        log.append(ConversationAssigned(conversationId: "c1", to: Log.kim, by: Log.sam))
        log.append(ConversationIgnored(conversationId: "c1", by: Log.sam))
        log.append(ConversationRead(conversationId: "c1", messageId: "c1.c.a", by: Log.sam))
        #expect(try fold(log) == Array(repeating: "unknown-conversation", count: 4))
        #expect(try dump().isEmpty)
    }

    @Test func theReadMarkOnlyMovesForward() throws {
        var log = Log()
        for id in ["a", "b", "c"] { log.received("c1", id) }
        log.append(ConversationRead(conversationId: "c1", messageId: "c1.c.b", by: Log.sam))
        try fold(log)
        #expect(try row("c1")["unread"] == 1)
        log.append(ConversationRead(conversationId: "c1", messageId: "c1.c.a", by: Log.sam))
        try fold(log)
        #expect(try row("c1")["unread"] == 1)
        #expect(try row("c1")["changed"] == 3)
        log.append(ConversationRead(conversationId: "c1", messageId: "c1.c.zzz", by: Log.sam))
        #expect(try fold(log) == ["unknown-message"])
    }

    @Test func aReplyEndsTheWaitAndTheNextMessageBeginsItAgain() throws {
        var log = Log()
        log.received("c1", "a")
        log.received("c1", "b")
        try fold(log)
        #expect(try row("c1")["awaiting_since"] == Log.start.milliseconds)
        log.sent("c1", "s")
        try fold(log)
        #expect(try row("c1")["awaiting_since"] == nil as Int64?)
        log.received("c1", "d")
        log.received("c1", "e")
        try fold(log)
        #expect(try row("c1")["awaiting_since"] == Log.start.milliseconds + 3_000)
    }

    @Test(arguments: ["ignored", "closed"])
    func anInboundMessageOpensAgain(_ status: String) throws {
        var log = Log()
        log.received("c1", "a")
        if status == "ignored" {
            log.append(ConversationIgnored(conversationId: "c1", by: Log.sam))
        } else {
            log.append(ConversationClosed(conversationId: "c1", by: Log.sam))
        }
        try fold(log)
        #expect(try row("c1")["status"] == status)
        #expect(try row("c1")["awaiting_since"] == nil as Int64?)
        log.sent("c1", "s")
        try fold(log)
        #expect(try row("c1")["status"] == status, "a last word does not open it")
        log.received("c1", "b")
        try fold(log)
        #expect(try row("c1")["status"] == "open")
        #expect(try row("c1")["awaiting_since"] == Log.start.milliseconds + 3_000)
    }

    @Test func reopeningRestoresTheWait() throws {
        var log = Log()
        log.received("c1", "a")
        log.sent("c1", "s")
        log.received("c1", "b")
        log.received("c1", "c")
        log.append(ConversationIgnored(conversationId: "c1", by: Log.sam))
        log.append(ConversationReopened(conversationId: "c1", by: Log.sam))
        try fold(log)
        #expect(try row("c1")["status"] == "open")
        #expect(try row("c1")["awaiting_since"] == Log.start.milliseconds + 2_000)
    }

    @Test func assigningAgainToTheSameChangesNothing() throws {
        var log = Log()
        log.received("c1", "a")
        log.append(ConversationAssigned(conversationId: "c1", to: Log.kim, by: Log.sam))
        log.append(ConversationAssigned(conversationId: "c1", to: Log.kim, by: Log.sam))
        try fold(log)
        #expect(try row("c1")["assigned_name"] == "Kim Ito")
        #expect(try row("c1")["changed"] == 1)
        log.append(ConversationAssigned(conversationId: "c1", to: nil, by: Log.sam))
        try fold(log)
        #expect(try row("c1")["assigned_id"] == nil as String?)
    }

    @Test func foldingThreeTimesEqualsOnce() throws {
        var log = Log()
        log.received("c1", "a")
        log.received("c2", "b", channel: .sms)
        log.sent("c1", "s")
        log.append(ConversationRead(conversationId: "c1", messageId: "c1.c.a", by: Log.sam))
        log.append(ConversationAssigned(conversationId: "c2", to: Log.kim, by: Log.sam))
        log.append(ConversationClosed(conversationId: "c1", by: Log.sam))
        log.append(ConversationAssigned(conversationId: "c2", to: nil, by: Log.sam))
        log.received("c1", "d")
        try fold(log)
        let once = try dump()
        for _ in 0..<2 { try fold(log) }
        #expect(try dump() == once)
        // Two conversations, four messages, and a text that was received.
        #expect(once.count == 2 + 4 + 1)
    }

    @Test func aTextKeepsItsNumbers() throws {
        var log = Log()
        log.received("c1", "AC-SM", channel: .sms)
        try fold(log)
        let conversation = try queue.read { try threads.conversation("c1", dealership: "d1", in: $0) }
        #expect(conversation?.customerNumber == "+13145550123")
        #expect(conversation?.channel == .sms)
        #expect(try queue.read { try threads.conversation("c1", dealership: "d2", in: $0) } == nil)
    }

    @Test func anUnknownTypeIsSaidToBeSo() throws {
        let event = Event(
            id: "x", type: "message.pinned", dealership: "d1", service: "ingest", subject: nil, time: Log.start,
            data: Array("{}".utf8))
        #expect(try queue.write { try threads.fold(event, at: 0, in: $0) } == .unknownType)
    }

    @Test func aBrokenBodyNamesTheFieldAndWritesNothing() throws {
        let event = Event(
            id: "x", type: "message.received", dealership: "d1", service: "ingest", subject: nil, time: Log.start,
            data: Array(#"{"conversationId":"c1","clientMessageId":"a","channel":"fax","text":"x"}"#.utf8))
        #expect(throws: MalformedEvent("invalid-field", "channel is not web or sms")) {
            try queue.write { _ = try threads.fold(event, at: 0, in: $0) }
        }
        #expect(try dump().isEmpty)
    }

    @Test func aDealershipsNewMessagesComeInTheOrderOfTheTopic() throws {
        var log = Log()
        log.received("c1", "a", "one")
        log.received("x1", "a", "other", dealership: "d2")
        log.received("c2", "a", "two")
        log.received("c1", "b", "three")
        try fold(log)
        let messages = try queue.read {
            try threads.messages(ofDealership: "d1", after: 0, upTo: 3, limit: 10, in: $0)
        }
        #expect(messages.map(\.text) == ["two", "three"])
        #expect(messages.map(\.offset) == [2, 3])
        #expect(messages[1].eventId == "e3")
        #expect(messages[1].id == "c1.c.b")
    }
}
