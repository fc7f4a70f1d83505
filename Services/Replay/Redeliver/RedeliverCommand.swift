import ArgumentParser

struct RedeliverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redeliver",
        abstract: "Puts records on the wire again, for a subscriber that lost them: plan first, then apply.",
        subcommands: [PlanCommand.self, ApplyCommand.self])
}
