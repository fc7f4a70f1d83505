import ArgumentParser
import ServiceKit

/// The staff's edge: the Conversations Menu, threads, replies, drafts, the stream and the console.
@main struct App: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conversations", abstract: "DirectChat's edge for staff: conversations, replies and the console.")

    @OptionGroup var options: ServiceOptions
    @OptionGroup var console: ConsoleOptions

    func run() async throws {
        try await Launch.run(name: "conversations", port: 8083, options: options) { settings, logger in
            let (service, router) = try build(settings, console: console, logger)
            try await service.run(router)
        }
    }
}
