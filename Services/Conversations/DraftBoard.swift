import Contracts

/// What visitors are typing now: the decisions, with the clock given.
///
/// A draft's revision only grows; the draft goes when its message arrives or when it has not changed for 8 s. What was
/// typed before the message, and comes after it, is not shown again.
struct DraftBoard {
    struct Key: Hashable {
        var dealership: String
        var conversation: String
    }

    private struct Draft {
        var revision: Int64
        /// Empty: nothing is shown, but the revision still counts.
        var text: String
        /// When it came here.
        var changed: Timestamp
        /// The time of the message that replaced it.
        var closed: Timestamp?
    }

    private var drafts: [Key: Draft] = [:]
    private let capacity: Int

    init(capacity: Int = Limits.drafts) {
        self.capacity = capacity
    }

    var count: Int { drafts.count }

    mutating func change(_ draft: DraftChanged, dealership: String, at time: Timestamp, now: Timestamp) {
        let key = Key(dealership: dealership, conversation: draft.conversationId)
        if let known = current(key, now) {
            guard draft.revision > known.revision else { return }
            if let closed = known.closed, time <= closed { return }
        } else if drafts.count >= capacity {
            purge(now)
            guard drafts.count < capacity else { return }
        }
        drafts[key] = Draft(
            revision: draft.revision, text: String(draft.text.unicodeScalars.suffix(Limits.draftCharacters)),
            changed: now,
            closed: drafts[key]?.closed)
    }

    /// - Parameter time: when the message was sent.
    mutating func close(_ conversation: String, dealership: String, at time: Timestamp, now: Timestamp) {
        let key = Key(dealership: dealership, conversation: conversation)
        let known = current(key, now)
        // A shard that is restored folds old messages by the million: they leave nothing here.
        guard known != nil || time.adding(milliseconds: Limits.draftMilliseconds) > now else { return }
        if known == nil, drafts.count >= capacity { purge(now) }
        guard known != nil || drafts.count < capacity else { return }
        drafts[key] = Draft(revision: known?.revision ?? -1, text: "", changed: now, closed: time)
    }

    /// What is being typed there now; empty for nothing.
    mutating func text(_ conversation: String, dealership: String, now: Timestamp) -> String {
        current(Key(dealership: dealership, conversation: conversation), now)?.text ?? ""
    }

    private mutating func current(_ key: Key, _ now: Timestamp) -> Draft? {
        guard let draft = drafts[key] else { return nil }
        guard isCurrent(draft, now) else {
            drafts[key] = nil
            return nil
        }
        return draft
    }

    private mutating func purge(_ now: Timestamp) {
        drafts = drafts.filter { isCurrent($0.value, now) }
    }

    private func isCurrent(_ draft: Draft, _ now: Timestamp) -> Bool {
        draft.changed.adding(milliseconds: Limits.draftMilliseconds) > now
    }
}
