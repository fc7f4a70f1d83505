import ArgumentParser

struct OffsetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offsets", abstract: "Where a subscriber's group stands, and setting it elsewhere.",
        subcommands: [OffsetsShowCommand.self, OffsetsResetCommand.self, OffsetsUndoCommand.self])
}
