/// Every bound of this tool, each with its reason.
enum Limits {
    /// Between two lines of progress, and between two writes of the progress file: what came since is compared, so a
    /// shorter time would only write more.
    static let progress = Duration.seconds(1)
    /// Dead letters that are named; the others are counted.
    static let namedDeadLetters = 20
    /// Of a question to a service: it connects at once or not at all, and a swap closes a shard's file first.
    static let connectSeconds: Int64 = 5
    static let answerSeconds: Int64 = 60
    /// A report names the first row of each table that differs, and some conversations.
    static let answerBytes = 16 << 20
    /// Between two questions how far a rebuild is, and how many may go without an answer: as long as a restart of the
    /// shard's owner takes.
    static let ask = Duration.milliseconds(250)
    static let asks = 120
    /// Who and why, for a person to read.
    static let reasonCharacters = 500
    /// As the services keep it.
    static let letterIdCharacters = 256
    /// As the services allow; with one, a record on a wrong partition would be on the right one.
    static let partitions = 2...1_000
    /// Seconds of `lag`: services commit every ten, so a shorter look would take each for stalled; Burrow looks at ten
    /// commits.
    static let lagWindow = 25...600
    /// Between two looks: each commit is seen, whenever it comes.
    static let lagEvery = Duration.seconds(5)
    /// Milliseconds that a held shard's offset stands before that is a commit: services commit every ten seconds, and
    /// looks come some earlier and some later.
    static let lagCommit: Int64 = 9_000
    /// Records before each partition's end that `tail` begins with, where nothing else says.
    static let tailRecords: Int64 = 10
    /// That may be asked for: more than a partition has, and sums of it are numbers still.
    static let tailCounts: ClosedRange<Int64> = 0...1_000_000_000
    /// Room for a record's line of JSON: what an event with a text of two sentences takes. Longer ones make room.
    static let lineBytes = 1_024
    /// How old a plan may be when it is begun: what it says of the target holds for a while only.
    static let planAge = Duration.seconds(3_600)
    /// Records that are sent before the checkpoint is written: what a kill makes uncertain.
    static let deliveryBatch = 500
    /// Records per second of a redelivery, where nothing else says: a tenth of what one instance of a service folds.
    static let deliveryRate = 500
    static let deliveryRates = 1...1_000_000
    /// Of a delivery that is late, what is made up at full speed: longer than the broker's ordinary hesitation, and no
    /// burst to speak of.
    static let deliveryLateness = Duration.milliseconds(500)
    /// A topic's max.message.bytes where its brokers do not tell: theirs, as they are shipped.
    static let batchBytes: Int64 = 1_048_588
    /// What a batch of one record has beside key, value and headers: its head of 61 bytes, the record's numbers, and
    /// lengths of more headers than any record has.
    static let batchFraming: Int64 = 300
    /// Milliseconds since 1970 that a plan can write down: until the year 9999, the last that RFC 3339 has.
    static let times: Range<Int64> = 0..<253_402_300_800_000
    /// Dead letters that a page of `GET /v1/dead-letters` gives: the most that services allow.
    static let deadLetterPage = 1_000
    /// That `dead ls` shows, where nothing else says: more is nothing to read.
    static let deadLetters = 100
    /// Dead letters of one partition whose records are sought one by one, each by a reader of its own; what is between
    /// more of them is read over.
    static let soughtLetters = 20
}
