import Contracts
import GRDB
import ServiceKit
import Shards
import Synchronization
import Testing

@testable import Ingest
@testable import Shards

/// What happens to one text.
@Suite struct TextSendTests {
    let world: TextWorld

    init() throws { world = try TextWorld() }

    @Test func aTextIsClaimedPostedOnceAndItsResultKept() async throws {
        try await world.reply("a")
        let text = try await world.next()
        #expect(await world.send.send(text, of: world.shard) == nil)
        #expect(world.carrier.posted == ["Yes"])
        let (claim, result) = (try world.log.statuses[0], try world.log.statuses[1])
        #expect(claim.status == "sending" && claim.claim != nil)
        #expect(result.status == "queued" && result.sid == "SM1" && result.claim == nil)
        #expect(
            world.log.all.map(\.id).suffix(2) == [
                MessageStatus.claimId(text.messageId, claim.claim ?? ""),
                MessageStatus.resultId(text.messageId, claim.claim ?? ""),
            ])
        let row = try await world.text(text)
        #expect(row.rank == 20 && row.sid == "SM1")
        #expect(try await world.sendable().isEmpty)
    }

    @Test func aClaimThatCameSecondSendsNothing() async throws {
        try await world.reply("a")
        let text = try await world.next()
        let world = world
        world.log.before.withLock { hook in
            hook = { event in
                let claim = try event.payload(MessageStatus.self)
                guard claim.status == "sending", claim.claim != "other" else { return }
                var other = claim
                other.claim = "other"
                try await world.log.fold(world.event(other, MessageStatus.claimId(text.messageId, "other")))
            }
        }
        #expect(await world.send.send(text, of: world.shard) == nil)
        #expect(world.carrier.posted.isEmpty)
        #expect(try await world.text(text).claim == "other")
        #expect(try world.words == ["sending", "sending"])
    }

    @Test(arguments: ["both", "asleep", "set", "set back"])
    func aPauseBetweenClockAndPostReleases(_ pause: String) async throws {
        try await world.reply("a")
        let text = try await world.next()
        let world = world
        world.log.after.withLock { hook in
            hook = { event in
                guard try event.payload(MessageStatus.self).status == "sending" else { return }
                switch pause {
                case "both": world.time.advance(.seconds(31))
                case "asleep": world.time.setSteady(by: .seconds(31))
                case "set": world.time.setWall(by: .seconds(31))
                default: world.time.setWall(by: .seconds(-31))
                }
            }
        }
        #expect(await world.send.send(text, of: world.shard) == Ingest.Limits.releasedRest)
        #expect(world.carrier.posted.isEmpty)
        #expect(try world.words == ["sending", "released"])
        // Pending again, and the next attempt sends it.
        world.log.after.withLock { $0 = nil }
        #expect(await world.send.send(try await world.next(), of: world.shard) == nil)
        #expect(world.carrier.posted == ["Yes"])
    }

    @Test func anAmbiguousAnswerIsUnconfirmedAndNeverSentAgain() async throws {
        try await world.reply("a")
        let text = try await world.next()
        world.carrier.answer(.unknown)
        #expect(await world.send.send(text, of: world.shard) == nil)
        #expect(try world.words == ["sending", "unconfirmed"])
        #expect(try await world.text(text).rank == TextStatus.unconfirmedRank)
        #expect(try await world.sendable().isEmpty)
    }

    @Test func whatWasCertainlyNotTakenIsPostedAgainWithinTheClaim() async throws {
        try await world.reply("a")
        let text = try await world.next()
        world.carrier.answer(.notTaken(retryAfter: .seconds(3)), .notTaken(retryAfter: nil))
        let began = world.time.instant
        #expect(await world.send.send(text, of: world.shard) == nil)
        #expect(world.carrier.posted.count == 3)
        #expect(try world.words == ["sending", "queued"])
        #expect(world.time.instant - began >= .seconds(3))
    }

    @Test func whatIsNeverTakenIsReleasedBeforeTheClaimIsOld() async throws {
        try await world.reply("a")
        let text = try await world.next()
        world.carrier.answerAlways(.notTaken(retryAfter: .seconds(10)))
        let rest = await world.send.send(text, of: world.shard)
        #expect(rest.map { $0 >= .seconds(10) } == true)
        #expect((4...5).contains(world.carrier.posted.count))
        #expect(try world.words == ["sending", "released"])
        #expect(world.time.wall.milliseconds - TextWorld.start.milliseconds < 45_000)
        #expect(try await world.sendable().count == 1)
    }

    @Test func aLongRetryAfterReleasesAtOnceAndRests() async throws {
        try await world.reply("a")
        world.carrier.answer(.notTaken(retryAfter: .seconds(120)))
        #expect(await world.send.send(try await world.next(), of: world.shard) == .seconds(120))
        #expect(world.carrier.posted.count == 1)
        #expect(try world.words == ["sending", "released"])
    }

    @Test func aRefusalIsKeptWithItsCodeAndFeedsTheLedger() async throws {
        try await world.reply("a")
        let text = try await world.next()
        world.carrier.answer(.refused(code: 21610, reason: "Attempt to send to unsubscribed recipient"))
        #expect(await world.send.send(text, of: world.shard) == nil)
        let row = try await world.text(text)
        #expect(row.rank == TextStatus.terminalRank && row.errorCode == 21610)
        #expect(row.reason == "Attempt to send to unsubscribed recipient")
        let consent = try await world.shard.read {
            try Threads().consent("north", TextWorld.number, TextWorld.phone, $0)
        }
        #expect(consent == .stopped)
    }

    @Test func aStopThatCameWithTheClaimIsHeard() async throws {
        try await world.reply("a")
        let text = try await world.next()
        let world = world
        world.log.before.withLock { hook in
            hook = { event in
                guard try event.payload(MessageStatus.self).status == "sending" else { return }
                try await world.receive("STOP")
            }
        }
        #expect(await world.send.send(text, of: world.shard) == nil)
        #expect(world.carrier.posted.isEmpty)
        let row = try await world.text(text)
        #expect(row.rank == TextStatus.terminalRank && row.reason == TextStatus.Reason.optedOut)
    }

    @Test func aClaimThatMayBeInTheLogIsTakenBack() async throws {
        struct Lost: Error {}
        try await world.reply("a")
        let world = world
        world.log.after.withLock { hook in
            hook = { if try $0.payload(MessageStatus.self).status == "sending" { throw Lost() } }
        }
        #expect(await world.send.send(try await world.next(), of: world.shard) == Ingest.Limits.releasedRest)
        #expect(world.carrier.posted.isEmpty)
        #expect(try world.words == ["sending", "released"])
        #expect(try await world.sendable().count == 1)
    }

    @Test func aResultIsKeptWhenTheShardIsLostMeanwhile() async throws {
        try await world.reply("a")
        let text = try await world.next()
        let world = world
        world.carrier.during.withLock { $0 = { _ in world.shard.close(ShardUnavailable(.closed)) } }
        #expect(await world.send.send(text, of: world.shard) == nil)
        #expect(try world.words == ["sending", "queued"])
        #expect(try await world.text(text).rank == 20)
    }

    @Test func nothingIsPostedAgainWithoutTheShard() async throws {
        try await world.reply("a")
        let text = try await world.next()
        let world = world
        world.carrier.answer(.notTaken(retryAfter: nil))
        world.carrier.during.withLock { $0 = { _ in world.shard.close(ShardUnavailable(.closed)) } }
        _ = await world.send.send(text, of: world.shard)
        #expect(world.carrier.posted.count == 1)
        #expect(try world.words == ["sending", "released"])
    }

    /// A broker that lost its tail: the message is there, and what was said of it is not.
    @Test(arguments: [SendOutcome.taken(sid: "SM1", status: "sending"), .unknown, .refused(code: 1, reason: "no")])
    func whatTheLogLostIsSaidAgainAndNotSent(_ outcome: SendOutcome) async throws {
        try await world.reply("a")
        let text = try await world.next()
        world.carrier.answer(outcome)
        #expect(await world.send.send(text, of: world.shard) == nil)
        let before = try await world.text(text)
        try await world.file.pool.write { db in
            try db.execute(sql: "UPDATE texts SET rank = 0, claim = NULL, claimed_at = NULL, sid = NULL, changed = 0")
        }
        #expect(await world.send.send(try await world.next(), of: world.shard) == Ingest.Limits.look)
        #expect(world.carrier.posted.count == 1)
        let after = try await world.text(text)
        #expect(after.rank == before.rank && after.sid == before.sid && after.reason == before.reason)
        #expect(world.log.all.suffix(2) == world.log.all.dropLast(2).suffix(2))
    }

    @Test func aReportThatOvertookTheResultStands() async throws {
        try await world.reply("a")
        let text = try await world.next()
        let world = world
        world.carrier.answer(.unknown)
        world.carrier.during.withLock { during in
            during = { text in
                let report = MessageStatus(
                    conversationId: text.conversationId, messageId: text.messageId, status: "delivered", sid: "SM9")
                let id = MessageStatus.reportId(text.messageId, "SM9", "delivered")
                _ = try? await world.log.fold(world.event(report, id))
            }
        }
        #expect(await world.send.send(text, of: world.shard) == nil)
        let row = try await world.text(text)
        #expect(row.rank == TextStatus.deliveredRank && row.sid == "SM9")
    }
}
