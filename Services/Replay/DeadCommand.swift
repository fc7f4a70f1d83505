import ArgumentParser

/// Dead letters: records that a service refused, which are still in the log.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "Dead letters: records that a service refused.",
        subcommands: [DeadAmendCommand.self, DeadDiscardCommand.self])
}
