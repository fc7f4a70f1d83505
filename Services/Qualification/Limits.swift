/// What this service bounds, and why.
enum Limits {
    /// A click is a few hundred bytes; the rest is room for long names and many known deals.
    static let bodyBytes = 16 * 1_024
    /// A name is shown in one line of the console and goes into one field of other dealer systems.
    /// Characters are Unicode scalars everywhere.
    static let nameCharacters = 100
    /// More deals than one conversation's screen will ever show.
    static let knownDeals = 100
    /// How long a click waits for its conversation: the first message may be in the log and not folded here yet.
    static let conversationWait = Duration.seconds(5)
    /// How long a click waits for its outcome, before it answers "unknown, repeat with the same id".
    static let outcomeWait = Duration.seconds(10)
    /// How long a read of one customer or deal waits for it: the console may have heard of it from `conversations`, which
    /// folds the same outcome.
    static let readWait = Duration.seconds(2)
    /// Rows read in one pass of `owed`, so that a backlog is worked off in batches; more than `heldDeals`, or a shard
    /// that must hold would not be seen to.
    static let owedRecords = 500
    /// A shard that would announce more deals than this when it becomes live holds and asks: a topic made anew must
    /// not announce years again.
    static let heldDeals = 100
    static let pageItems = 50
    static let maximumPageItems = 200
}
