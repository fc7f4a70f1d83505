import Contracts
import ServiceKit
import Shards

/// What the log lacks of texts: functions of the state and the time, so that a crash at any line loses no word.
enum OwedTexts {
    static func owe(_ ledger: Ledger, now: Timestamp) throws {
        try oweUnconfirmed(ledger, now)
        try oweExpired(ledger, now)
    }

    /// Whoever claimed it has said nothing since: it may have been sent, or not.
    private static func oweUnconfirmed(_ ledger: Ledger, _ now: Timestamp) throws {
        let before = now.adding(milliseconds: -Limits.claimMilliseconds)
        let texts = try Threads().abandonedTexts(claimedBefore: before, limit: Limits.owedTexts, in: ledger.db)
        for text in texts {
            guard let claim = text.claim, let claimedAt = text.claimedAt else { continue }
            let status = MessageStatus(
                conversationId: text.conversationId, messageId: text.messageId, status: TextStatus.unconfirmed,
                claim: claim)
            let time = claimedAt.adding(milliseconds: Limits.claimMilliseconds)
            try owe(ledger, status, MessageStatus.unconfirmedId(text.messageId, claim), text, time)
        }
    }

    /// Nobody could send it, and by now it may say what is not so any more.
    private static func oweExpired(_ ledger: Ledger, _ now: Timestamp) throws {
        let before = now.adding(milliseconds: -Limits.textAgeMilliseconds)
        for text in try Threads().overdueTexts(writtenBefore: before, limit: Limits.owedTexts, in: ledger.db) {
            let status = MessageStatus(
                conversationId: text.conversationId, messageId: text.messageId, status: TextStatus.failed,
                reason: TextStatus.Reason.expired)
            let time = text.at.adding(milliseconds: Limits.textAgeMilliseconds)
            try owe(ledger, status, MessageStatus.expiredId(text.messageId), text, time)
        }
    }

    private static func owe(
        _ ledger: Ledger, _ status: MessageStatus, _ id: String, _ text: OutgoingText, _ time: Timestamp
    ) throws {
        try ledger.owe(.messages, id: id) {
            Event(
                status, id: id, dealership: text.dealership, service: "ingest", time: time,
                correlation: Correlation(causationId: text.messageId))
        }
    }
}
