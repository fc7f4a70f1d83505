import ArgumentParser
import ServiceKit

/// The staff's edge: the Conversations Menu, threads, replies, drafts and the stream.
@main struct App: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "conversations")

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await Launch.run(name: "conversations", port: 8083, options: options) { settings, logger in
            let (service, router) = try build(settings, logger)
            try await service.run(router)
        }
    }
}
