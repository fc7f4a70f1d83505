import Configuration
import Foundation

/// Environment variables, read through swift-configuration: `"TWILIO_AUTH_TOKEN"` is looked up under that very name.
public struct EnvironmentLookup: Sendable {
    private let reader: ConfigReader
    /// As given, for `KAFKA_*`, whose names are open.
    public let variables: [String: String]

    public init(_ variables: [String: String] = ProcessInfo.processInfo.environment) {
        self.variables = variables
        reader = ConfigReader(
            provider: EnvironmentVariablesProvider(
                environmentVariables: variables,
                secretsSpecifier: .dynamic { name, _ in Self.isSecret(name) }))
    }

    /// Nil where it is unset or empty: an empty variable is how compose files say "unset".
    public func callAsFunction(_ name: String) -> String? {
        let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
        guard let value = reader.string(forKey: key, isSecret: Self.isSecret(name)), !value.isEmpty else { return nil }
        return value
    }

    static func isSecret(_ name: String) -> Bool {
        ["SECRET", "TOKEN", "PASSWORD", "KEY"].contains { name.contains($0) }
    }
}
