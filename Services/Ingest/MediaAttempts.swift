import Contracts
import ServiceKit

/// One file of a text.
struct MediaPlace: Hashable, Sendable {
    let messageId: String
    let index: Int64

    init(_ media: PendingMedia) {
        messageId = media.messageId
        index = media.index
    }
}

/// What is said of a file in the log.
enum MediaWord: Equatable {
    case stored(StoredMedia)
    case refused(String)

    var reason: String? {
        switch self {
        case .stored: nil
        case .refused(let reason): reason
        }
    }

    func event(_ media: PendingMedia) -> MessageMedia {
        var event = MessageMedia(
            conversationId: media.conversationId, messageId: media.messageId, index: media.index, state: .refused)
        switch self {
        case .stored(let stored):
            event.state = .stored
            event.contentType = stored.contentType
            event.bytes = Int64(stored.bytes)
            event.sha256 = stored.sha256
        case .refused(let reason): event.reason = reason
        }
        return event
    }
}

/// Which files are being fetched, and which failed and wait. In memory: another owner begins to count anew.
struct MediaAttempts {
    private struct Failed {
        var count = 0
        var next: ContinuousClock.Instant
    }

    private var busy: Set<MediaPlace> = []
    private var failed: [MediaPlace: Failed] = [:]

    /// - Returns: whether the file is the caller's until it says `finish` and, with a word, `forget` or `again`.
    mutating func take(_ place: MediaPlace, at now: ContinuousClock.Instant) -> Bool {
        guard busy.count < Limits.fetchesAtOnce, !busy.contains(place), failed[place].map({ $0.next <= now }) ?? true
        else { return false }
        busy.insert(place)
        return true
    }

    /// - Returns: what is to be said; nil where another attempt may succeed.
    mutating func finish(_ place: MediaPlace, _ result: MediaResult, at now: ContinuousClock.Instant) -> MediaWord? {
        switch result {
        case .stored(let stored): return .stored(stored)
        case .refused(let refusal): return .refused(refusal.rawValue)
        case .failed:
            let count = (failed[place]?.count ?? 0) + 1
            guard count < Limits.fetchAttempts else { return .refused("unreachable") }
            busy.remove(place)
            let pause = min(Limits.fetchBackOff * (1 << min(count - 1, 20)), Limits.fetchBackOffMost)
            failed[place] = Failed(count: count, next: now + pause * Double.random(in: 0.5...1.5))
            return nil
        }
    }

    /// The log has the word, and the state too.
    mutating func forget(_ place: MediaPlace) {
        busy.remove(place)
        failed.removeValue(forKey: place)
    }

    /// Nobody knows whether the log has the word.
    mutating func again(_ place: MediaPlace, at now: ContinuousClock.Instant) {
        busy.remove(place)
        failed[place] = Failed(count: failed[place]?.count ?? 0, next: now + Limits.fetchBackOff)
    }
}
