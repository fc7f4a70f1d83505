import ArgumentParser
import ServiceKit

/// Customers and deals: answers clicks on Qualify, announces deals.
@main struct App: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qualification", abstract: "DirectChat's customers and deals.")

    @OptionGroup var options: ServiceOptions

    @Option(help: "Origin of the console, whose pages call this service; repeatable. Adds to --allowed-origins.")
    var consoleOrigin: [String] = []

    func validate() throws {
        for origin in consoleOrigin where !Origin.isValid(origin) {
            throw ValidationError("--console-origin: '\(origin)' is no origin such as https://chat.example.com")
        }
    }

    func run() async throws {
        try await Launch.run(name: "qualification", port: 8084, options: options) { settings, logger in
            let (service, router) = try build(settings, logger, consoleOrigins: consoleOrigin)
            try await service.run(router)
        }
    }
}
