import ArgumentParser

/// How a command ended, as its exit code.
enum Verdict: Int32, Sendable {
    case done = 0
    /// What was looked at is not as it should be: verification found a difference, or a shard's lag is not OK.
    case differs = 1
    /// Nothing was changed, and the same command will be refused again until a person has seen to the reason.
    case refused = 2
    /// Something failed on the way: the same command goes on where it was.
    case failed = 3

    func check() throws {
        if self != .done { throw ExitCode(rawValue) }
    }
}

/// Why a command does nothing. The text says what to do.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
