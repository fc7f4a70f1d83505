import Contracts
import ServiceKit
import Shards
import Testing

@testable import Ingest
@testable import Shards

/// What a shard owes of its texts, on a fold of its own.
@Suite struct OwedTextsTests {
    let world: TextWorld

    init() throws { world = try TextWorld() }

    private func owed() async throws -> [Event] {
        let (entries, failures) = try await world.file.owed(now: world.time.wall)
        #expect(failures.isEmpty)
        return entries.map(\.event)
    }

    private func claim(_ text: OutgoingText, _ claim: String, _ word: String = "sending") async throws {
        let status = MessageStatus(
            conversationId: text.conversationId, messageId: text.messageId, status: word, claim: claim)
        try await world.log.fold(world.event(status, "\(text.messageId).\(word).\(claim)"))
    }

    @Test func aClaimWithoutAWordIsUnconfirmedAfterAMinute() async throws {
        try await world.reply("a")
        let text = try await world.next()
        world.time.advance(.seconds(5))
        try await claim(text, "c1")
        world.time.advance(.seconds(60))
        #expect(try await owed().isEmpty)
        world.time.advance(.milliseconds(1))
        let event = try #require(try await owed().first)
        #expect(event.id == MessageStatus.unconfirmedId(text.messageId, "c1"))
        #expect(event.time == TextWorld.start.adding(milliseconds: 65_000))
        let status = try event.payload(MessageStatus.self)
        #expect(status.status == "unconfirmed" && status.claim == "c1" && status.sid == nil)
        // The same bytes, whoever owes it and whenever.
        world.time.advance(.seconds(500))
        #expect(try await owed() == [event])
        try await world.log.fold(event)
        #expect(try await owed().isEmpty)
        #expect(try await world.text(text).rank == TextStatus.unconfirmedRank)
    }

    @Test func aTextThatWaitsForAnHourExpires() async throws {
        try await world.reply("a")
        let text = try await world.next()
        world.time.advance(.seconds(3_600))
        #expect(try await owed().isEmpty)
        world.time.advance(.milliseconds(1))
        let event = try #require(try await owed().first)
        #expect(event.id == MessageStatus.expiredId(text.messageId))
        #expect(event.time == text.at.adding(milliseconds: 3_600_000))
        try await world.log.fold(event)
        let row = try await world.text(text)
        #expect(row.rank == TextStatus.terminalRank && row.reason == "expired")
        #expect(try await owed().isEmpty)
        #expect(try await world.sendable().isEmpty)
    }

    /// Two owners for a moment: what one owed before it heard of the other's word changes nothing after it.
    @Test func aLateWordMovesNothing() async throws {
        try await world.reply("a")
        let text = try await world.next()
        try await claim(text, "c1")
        world.time.advance(.seconds(61))
        let unconfirmed = try await owed()[0]
        try await claim(text, "c1", "released")
        try await claim(text, "c2")
        try await world.log.fold(unconfirmed)
        #expect(try await world.text(text).rank == TextStatus.claimedRank)
        #expect(try await world.text(text).claim == "c2")

        try await world.reply("b", to: "+13145550124")
        let other = try await world.next()
        world.time.advance(.seconds(3_601))
        let expired = try #require(try await owed().first { $0.id == MessageStatus.expiredId(other.messageId) })
        try await claim(other, "c3")
        try await world.log.fold(expired)
        #expect(try await world.text(other).rank == TextStatus.claimedRank)
    }

    @Test func aTextFromTheWebsiteOwesNothing() async throws {
        let message = MessageReceived(
            conversationId: "web-1", clientMessageId: "m", channel: .web, text: "hi", visitorId: "v")
        let sent = MessageSent(
            conversationId: "web-1", clientMessageId: "r", channel: .web, text: "hello",
            author: Staff(id: "sam", name: "Sam"))
        try await world.log.fold(world.event(message, message.messageId))
        try await world.log.fold(world.event(sent, sent.messageId))
        world.time.advance(.seconds(10_000))
        #expect(try await owed().isEmpty)
    }
}
