/// Every number that bounds what a request, a draft or a stream may cost.
enum Limits {
    /// Conversations in a page: a screen shows about twenty.
    static let conversations = 50
    static let maximumConversations = 200
    /// Messages in a page: nearly every thread is one page.
    static let messages = 1_000
    static let maximumMessages = 1_000
    /// A customer's name, and the ids that say who they are.
    static let nameCharacters = 200
    /// Fewer digits are no part of a phone number worth looking for.
    static let searchDigits = 3
    /// Messages read in one snapshot: a stream that is far behind catches up piece by piece.
    static let streamMessages = 500
    /// Conversations in a stream's full state and in its current presence; more is a matter for the list.
    static let streamConversations = 200
    /// A cursor beyond the shard may come from an owner that was ahead; after this it is beyond the log.
    static let streamAheadMilliseconds: Int64 = 5_000
    /// A draft that has not changed for so long is no longer being typed.
    static let draftMilliseconds: Int64 = 8_000
    /// Drafts held at once by one process, some hundred bytes each.
    static let drafts = 10_000
    /// Of a draft staff see the end. Characters are Unicode scalars everywhere.
    static let draftCharacters = 1_000
}
