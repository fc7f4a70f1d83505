import ArgumentParser
import ServiceKit

/// Who is on the website.
@main struct App: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presence", abstract: "DirectChat's presence: who is on a dealership's website now.")

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await Launch.run(name: "presence", port: 8082, options: options) { settings, logger in
            let (service, router) = try build(settings, logger)
            try await service.run(router)
        }
    }
}
