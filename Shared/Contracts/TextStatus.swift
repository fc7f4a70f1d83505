/// How far a text has come: ranks, so that reports in any order only ever move it forward.
///
/// Twilio's words and their order: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values;
/// callbacks come doubled and out of order.
public enum TextStatus {
    /// Nobody has claimed it yet.
    public static let pending = "pending"
    /// With a claim: this claimant, and nobody else, hands it to the provider.
    public static let sending = "sending"
    /// The claimant knows that the provider has not taken it: pending again.
    public static let released = "released"
    /// Nobody knows whether the provider took it. It is never sent again by itself; a report may settle it.
    public static let unconfirmed = "unconfirmed"
    public static let failed = "failed"

    /// Why a text failed, where the provider has no word in it.
    public enum Reason {
        public static let expired = "expired"
        public static let optedOut = "opted-out"
        /// Another question to the same customer came first.
        public static let consentPending = "consent-pending"
    }

    public static let claimedRank: Int64 = 10
    public static let unconfirmedRank: Int64 = 15
    public static let deliveredRank: Int64 = 40
    public static let terminalRank: Int64 = 100

    /// The rank of a report without a claim; nil for a word that we do not know, which moves nothing.
    public static func rank(_ status: String) -> Int64? {
        switch status {
        case "accepted", "scheduled", "queued", "sending": 20
        case "sent": 30
        case "delivered": deliveredRank
        case "read": 50
        case "failed", "undelivered", "canceled": terminalRank
        case unconfirmed: unconfirmedRank
        default: nil
        }
    }

    /// Whether a report of `rank` moves a text that has come as far as `current`. What was delivered cannot fail.
    public static func moves(_ current: Int64, to rank: Int64) -> Bool {
        rank == terminalRank ? current < deliveredRank : current != terminalRank && rank > current
    }

    /// The word that people see.
    public static func shown(rank: Int64) -> String {
        switch rank {
        case ..<unconfirmedRank: sending
        case unconfirmedRank: unconfirmed
        case ..<30: sending
        case 30: "sent"
        case deliveredRank: "delivered"
        case 50: "read"
        default: failed
        }
    }
}
