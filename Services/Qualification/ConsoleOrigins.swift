import Foundation
import ServiceKit

/// The origins that the console is served from: one for each way in to `conversations`.
enum ConsoleOrigins {
    /// - Parameters:
    ///   - flags: each one origin or several, separated by commas.
    ///   - variable: `DIRECTCHAT_CONSOLE_ORIGIN`, of the same form; read where there is no flag.
    /// - Throws: `ConfigurationError` naming what is no origin.
    static func parse(flags: [String], variable: String?) throws -> Set<String> {
        let lists = flags.isEmpty ? [variable].compactMap { $0 } : flags
        let origins = lists.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces) }
        let wrong = origins.filter { !Origin.isValid($0) }
        guard wrong.isEmpty else {
            throw ConfigurationError(
                wrong.map {
                    "--console-origin (DIRECTCHAT_CONSOLE_ORIGIN): '\($0)' is no origin such as https://chat.example.com"
                })
        }
        return Set(origins)
    }
}
