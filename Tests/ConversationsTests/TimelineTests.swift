import Contracts
import ServiceKit
import Testing

@testable import Conversations

@Suite struct TimelineTests {
    private let shard: TestShard
    private var log = Log()

    init() throws {
        shard = try TestShard()
    }

    private func items(limit: Int = 100, after: TimelinePlace? = nil) throws -> Page<TimelineItem> {
        try shard.read { db in
            let conversation = try #require(try Threads().conversation("c1", dealership: "d1", in: db))
            return try Timeline.page(conversation, after: after, limit: limit, in: db)
        }
    }

    private mutating func story() throws {
        log.received("c1", "a")  // 0
        log.append(ConversationAssigned(conversationId: "c1", to: Log.kim, by: Log.sam))  // 1
        log.append(ConversationAssigned(conversationId: "c1", to: Log.kim, by: Log.sam))  // 2: so already
        log.received("c2", "a")  // 3
        log.sent("c1", "s")  // 4
        log.append(ConversationRead(conversationId: "c1", messageId: "c1.c.a", by: Log.sam))  // 5
        log.append(ConversationClosed(conversationId: "c1", by: Log.sam))  // 6
        try shard.fold(log)
        var qualifications = Log()
        // The clock of whoever qualified is wrong: times decide nothing.
        qualifications.qualified("c1", request: "r1", after: 4, at: Log.start.adding(milliseconds: -99_000))
        qualifications.qualified("c1", request: "r2", deal: nil, after: 4, at: Log.start.adding(milliseconds: 99_000))
        qualifications.qualified("c2", request: "r3", after: 4)
        qualifications.qualified("c1", request: "r4", after: 7)
        try shard.fold(qualifications, .qualifications)
    }

    @Test mutating func bothTopicsInTheirOrder() throws {
        try story()
        let items = try items().items
        #expect(
            items.map(\.type) == [
                "message.received", "conversation.assigned", "conversation.qualified", "conversation.qualified",
                "message.sent", "conversation.closed", "conversation.qualified",
            ])
        #expect(items.map(\.eventId) == ["e0", "e1", "q0", "q1", "e4", "e6", "q3"])
        #expect(items[1].to == Log.kim)
        #expect(items[2].deal?.id == "deal1")
        #expect(items[3].deal == nil)
        #expect(items[4].message?.seq == 2)
        #expect(items[4].by == Log.sam)
    }

    @Test(arguments: 1...8) mutating func pagesMeetWhereverTheyAreCut(_ limit: Int) throws {
        try story()
        var ids: [String] = []
        var after: TimelinePlace?
        repeat {
            let page = try items(limit: limit, after: after)
            #expect(page.items.count <= limit)
            ids += page.items.map(\.eventId)
            after = page.next.flatMap(TimelinePlace.init(_:))
        } while after != nil
        #expect(ids == ["e0", "e1", "q0", "q1", "e4", "e6", "q3"])
    }
}
