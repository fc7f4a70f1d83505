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
    /// A visitor's name is shown in one line. Characters are Unicode scalars everywhere.
    static let nameCharacters = 100
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

    // MARK: Texts

    /// Between two looks at what a shard has to send, when nothing was folded: time passes too.
    static let look = Duration.seconds(1)
    /// Between two looks otherwise: a shard that folds thousands of messages a second has few texts among them.
    static let lookPause = Duration.milliseconds(100)
    /// Texts that one look finds. Those that wait for the end of quiet hours are among them.
    static let sendable = 1_000
    /// Texts under way in one instance. Twilio takes hundreds of calls at once of an account.
    static let sendsAtOnce = 64
    /// Older texts are not sent, but owed a word that they expired: what staff wrote an hour ago may not hold.
    static let textAgeMilliseconds: Int64 = 60 * 60 * 1_000
    /// From reading the clock for a claim to the POST: after a longer pause of the process nothing that it knew holds.
    static let claimAge = Duration.seconds(30)
    /// From the claim on, attempts that Twilio has certainly not taken are repeated for so long.
    static let claimRetries = Duration.seconds(45)
    /// Then the claim is ambiguous, whoever made it: longer than the last attempt of `claimRetries` takes.
    static let claimMilliseconds: Int64 = 60 * 1_000
    /// Of one POST: TCP and TLS, and all of it. Twilio answers within one second, mostly.
    static let textConnect = Duration.seconds(5)
    static let textPost = Duration.seconds(10)
    /// Twilio's answer is about a kilobyte.
    static let textAnswerBytes = 64 * 1024
    /// The first pause between two attempts, and the longest without a Retry-After.
    static let textBackOff = Duration.milliseconds(500)
    static let textBackOffMost = Duration.seconds(8)
    /// A text that was released is left alone for so long at least, or at most, should Twilio ask for years.
    static let releasedRest = Duration.seconds(5)
    static let releasedRestMost = Duration.seconds(300)
    /// What Twilio says of a refusal, for one line of the console.
    static let reasonCharacters = 300
    /// Texts of which this process remembers what came of them: some megabytes.
    static let settledTexts = 20_000
    /// What a stop waits for texts under way: nearly all of a POST's time. The rest is left to `owed`.
    static let textStop = Duration.seconds(8)
    /// Texts that one pass of `owed` looks at.
    static let owedTexts = 500
    /// Between two counts of texts, for metrics.
    static let countTextsEvery = Duration.seconds(5)

    /// Files that one look finds; those that wait for another attempt are among them.
    static let pendingMedia = 1_000
    /// Files under way in one instance: each may take some megabytes of memory.
    static let fetchesAtOnce = 4
    /// The pauses between attempts double up to the longest: 20 attempts take about three hours.
    static let fetchBackOff = Duration.seconds(1)
    static let fetchBackOffMost = Duration.seconds(15 * 60)
    static let fetchAttempts = 20

    // MARK: Streams

    /// "typing…" ends by itself, should the word that it ended be lost.
    static let typing = Duration.seconds(8)
    /// Messages that one snapshot of a stream reads: a long conversation comes in pieces.
    static let streamPage = 200
    /// How long a stream waits for a shard that lies behind its cursor before it looks at the log's end again.
    static let cursorWait = Duration.seconds(2)
}
