import ArgumentParser

/// The on-call engineers' tool.
@main struct App: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "DirectChat's on-call tool: works on the log, beside the services.",
        discussion: """
            Results go to standard output, everything else to standard error. Nothing is written to a topic or for a \
            group that somebody reads without --cluster and the cluster's name. `replay help <command>` has a worked \
            example.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "See",
                subcommands: [
                    TopicsCommand.self, GroupsCommand.self, LagCommand.self, OwnersCommand.self, TailCommand.self,
                    ShowCommand.self,
                ]),
            CommandGroup(
                name: "Repair",
                subcommands: [
                    DeadCommand.self, RebuildCommand.self, RedeliverCommand.self, ExportCommand.self,
                    ImportCommand.self, OffsetsCommand.self, RepartitionCommand.self,
                ]),
        ])
}
