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
}
