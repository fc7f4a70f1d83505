import Contracts
import ServiceKit

/// What becomes of a text that has been claimed, right before it is handed to the provider.
enum SendDecision: Equatable {
    case send
    /// Not now: it is pending again, and `owed` says when it has waited too long.
    case release
    /// Never.
    case fail(reason: String)
    /// Somebody else's, or decided meanwhile.
    case leave

    /// - Parameters:
    ///   - text: as the state has it now.
    ///   - claim: ours.
    ///   - consent: what the ledger says of the phone.
    ///   - waited: from reading the clock for the claim until now.
    ///   - limit: how long that may be.
    init(
        _ text: OutgoingText?, claim: String, consent: Consent?, isQuiet: Bool, now: Timestamp, waited: Duration,
        limit: Duration
    ) {
        guard let text, text.claim == claim, text.rank == TextStatus.claimedRank else {
            self = .leave
            return
        }
        // The state was read before the pause, so that nothing of it decides anything.
        guard waited <= limit else {
            self = .release
            return
        }
        guard Self.allows(consent, asking: text.asksConsent) else {
            self = .fail(reason: TextStatus.Reason.optedOut)
            return
        }
        self = isQuiet || Self.isOld(text, now) ? .release : .send
    }

    static func isOld(_ text: OutgoingText, _ now: Timestamp) -> Bool {
        now.milliseconds - text.at.milliseconds > Limits.textAgeMilliseconds
    }

    private static func allows(_ consent: Consent?, asking: Bool) -> Bool {
        switch consent {
        // The customer wrote first, or agreed on the website.
        case nil, .granted: true
        case .asked: asking
        case .declined, .stopped: false
        }
    }
}
