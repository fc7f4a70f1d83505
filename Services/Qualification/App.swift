import ArgumentParser
import ServiceKit

/// Customers and deals: answers clicks on Qualify, announces deals.
@main struct App: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qualification", abstract: "DirectChat's customers and deals.")

    @OptionGroup var options: ServiceOptions

    @Option(help: "Origins of the console, comma-separated; adds to --allowed-origins.")
    var consoleOrigin: [String] = []

    func run() async throws {
        let origins = try ConsoleOrigins.parse(
            flags: consoleOrigin, variable: EnvironmentLookup()("DIRECTCHAT_CONSOLE_ORIGIN"))
        try await Launch.run(name: "qualification", port: 8084, options: options) { settings, logger in
            let (service, router) = try build(settings, logger, consoleOrigins: origins)
            try await service.run(router)
        }
    }
}
