import ArgumentParser
import ServiceKit

/// The customer's edge: messages, drafts and beats from the website, and texts.
@main
struct App: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "DirectChat's edge for customers, on the website and by text.")

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await Launch.run(name: "ingest", port: 8081, options: options, needs: [.visitorSecret]) {
            settings, logger in
            try await IngestService(settings: settings, logger: logger).run()
        }
    }
}
