import ArgumentParser

/// Dead letters: a subcommand a line.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "Dead letters: records that services refuse, and the records themselves.",
        subcommands: [
            DeadListCommand.self,
            DeadShowCommand.self,
            DeadStatsCommand.self,
        ])
}
