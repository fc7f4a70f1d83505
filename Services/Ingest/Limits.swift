/// Every bound of this service, each with its reason.
enum Limits {
    // MARK: What customers send

    /// The body of a message, beat or session: JSON may write each of 4,000 characters as an escaped pair of surrogates,
    /// 12 bytes.
    static let bodyBytes = 64 * 1024
    /// Twilio's webhook: a text is at most 1,600 characters, but each of 10 media adds addresses.
    static let webhookBytes = 64 * 1024
    /// What staff see of a draft: its end, where the customer is typing. Characters are Unicode scalars everywhere.
    static let draftCharacters = 2_000
    /// A page's address is context for staff, not a record.
    static let pageCharacters = 500

    // MARK: Spool

    /// Requests that wait for the spool or the log at once; beyond it a customer is told to repeat.
    static let waitingRequests = 4_096
    /// Messages that one transaction takes: one fsync pays for all of them.
    static let groupCommit = 512
    /// Rows that one append takes: a batch of some hundred kilobytes.
    static let appendBatch = 500
    /// Rows that the log lacks. About a gigabyte: hours without Kafka.
    static let pendingRows = 1_000_000
    /// Kafka's silence after which a customer is told "kept" from the spool.
    static let patience = Duration.seconds(1)
    /// How long an acknowledged row stays: what a broker that lost its tail needs to get it again, with a margin.
    static let keptMilliseconds: Int64 = 10 * 60 * 1_000
    /// What is appended again after a lost connection: brokers flush their files more often than this.
    static let doubtfulMilliseconds: Int64 = 60 * 1_000
    /// Between two sweeps, which delete old rows and try whether the spool can be written.
    static let sweep = Duration.seconds(5)
    /// After a failed write or append.
    static let backOff = Duration.milliseconds(250)
    /// What a stop waits for the log; what is left stays in the spool for the next start.
    static let drain = Duration.seconds(2)
    /// What a refused customer is asked to wait.
    static let retryAfterSeconds = 2

    /// How long resuming a session waits for the dealership's state: without it the conversation simply goes on.
    static let resumeWait = Duration.seconds(2)

    // MARK: Streams

    /// "typing…" ends by itself, should the word that it ended be lost.
    static let typing = Duration.seconds(8)
    /// Messages that one snapshot of a stream reads: a long conversation comes in pieces.
    static let streamPage = 200
    /// How long a stream waits for a shard that lies behind its cursor before it looks at the log's end again.
    static let cursorWait = Duration.seconds(2)
}
