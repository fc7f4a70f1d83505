import ArgumentParser

/// The Swift side of `compose/bench`: each subcommand does what the C program of its name does, and prints the same line.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(subcommands: [Produce.self, Consume.self, Fold.self])
}
