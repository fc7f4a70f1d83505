import ArgumentParser

/// Dead letters: a subcommand a line.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "Dead letters: shows records that services refuse, and settles them.",
        subcommands: [
            DeadListCommand.self,
            DeadShowCommand.self,
            DeadStatsCommand.self,
            DeadAmendCommand.self,
            DeadDiscardCommand.self,
        ])
}
