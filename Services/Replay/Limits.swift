/// Every bound of this tool, each with its reason.
enum Limits {
    /// Between two lines of progress, and between two writes of the progress file: what came since is compared, so a
    /// shorter time would only write more.
    static let progress = Duration.seconds(1)
    /// Dead letters that are named; the others are counted.
    static let namedDeadLetters = 20
    /// As the services allow; with one, a record on a wrong partition would be on the right one.
    static let partitions = 2...1_000
}
