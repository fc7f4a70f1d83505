import Contracts
import ServiceKit
import Testing

@testable import Ingest

@Suite struct SendDecisionTests {
    private func decide(
        consent: Consent? = nil, asks: Bool? = nil, isQuiet: Bool = false, age: Int64 = 0,
        waited: Duration = .zero, claim: String = "mine"
    ) async throws -> SendDecision {
        let world = try TextWorld()
        try await world.reply("a", asks: asks)
        let text = try await world.next()
        let status = MessageStatus(
            conversationId: text.conversationId, messageId: text.messageId, status: "sending", claim: "mine")
        try await world.log.fold(world.event(status, MessageStatus.claimId(text.messageId, "mine")))
        return SendDecision(
            try await world.text(text), claim: claim, consent: consent, isQuiet: isQuiet,
            now: text.at.adding(milliseconds: age), waited: waited, limit: .seconds(30))
    }

    @Test(
        arguments: [
            (nil, false, true), (.granted, false, true), (.asked, false, false), (.asked, true, true),
            (.declined, false, false), (.declined, true, false), (.stopped, false, false), (.stopped, true, false),
        ] as [(Consent?, Bool, Bool)])
    func consent(_ consent: Consent?, asks: Bool, isSent: Bool) async throws {
        let decision = try await decide(consent: consent, asks: asks ? true : nil)
        #expect(decision == (isSent ? .send : .fail(reason: "opted-out")))
    }

    @Test func quietHoursAndAgeRelease() async throws {
        #expect(try await decide(isQuiet: true) == .release)
        #expect(try await decide(age: 3_600_000) == .send)
        #expect(try await decide(age: 3_600_001) == .release)
    }

    @Test func aLongWaitReleasesWhateverElseIsKnown() async throws {
        #expect(try await decide(waited: .seconds(30)) == .send)
        #expect(try await decide(waited: .milliseconds(30_001)) == .release)
        #expect(try await decide(consent: .stopped, waited: .seconds(31)) == .release)
    }

    @Test func whatIsNotOursIsLeft() async throws {
        #expect(try await decide(waited: .seconds(99), claim: "other") == .leave)
        let none = SendDecision(
            nil, claim: "mine", consent: nil, isQuiet: false, now: TextWorld.start, waited: .zero, limit: .seconds(30))
        #expect(none == .leave)
    }
}
