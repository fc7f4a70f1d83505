import ArgumentParser

/// The on-call engineers' tool.
@main struct App: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "DirectChat's on-call tool: works on the log, beside the services.",
        subcommands: [RepartitionCommand.self, RebuildCommand.self, DeadCommand.self])
}
