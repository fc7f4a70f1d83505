import Contracts
import ServiceKit
import Synchronization

/// What this process has said of the texts that it posted, while they could be sent again.
///
/// A broker that loses its tail can lose a claim with what came of it, and the text waits again although the provider
/// has it. Whoever posted it says both again, under the same ids, and posts nothing.
final class SettledTexts: Sendable {
    private struct Entry {
        var at: Timestamp
        var events: [Event]
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter events: the claim and what came of it.
    func note(_ text: OutgoingText, _ events: [Event], now: Timestamp) {
        entries.withLock { entries in
            entries[text.messageId] = Entry(at: text.at, events: events)
            guard entries.count > Limits.settledTexts else { return }
            // What is old is not sent again by anybody.
            entries = entries.filter { now.milliseconds - $0.value.at.milliseconds <= Limits.textAgeMilliseconds }
            guard entries.count > Limits.settledTexts else { return }
            let newest = entries.sorted { $0.value.at > $1.value.at }.prefix(Limits.settledTexts / 2)
            entries = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0.value) })
        }
    }

    func events(of text: OutgoingText) -> [Event]? {
        entries.withLock { $0[text.messageId]?.events }
    }
}
