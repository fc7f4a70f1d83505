/// Where the cluster is and how to speak to it.
public struct KafkaConfiguration: Sendable, CustomStringConvertible {
    /// `host:port`, comma-separated.
    public var bootstrapServers: String
    /// Seen in the brokers' logs and quotas, and in our metrics.
    public var clientId: String
    /// Any librdkafka property. They have the last word, also over what the wrapper sets for correctness.
    public var properties: [String: String]

    public init(bootstrapServers: String, clientId: String, properties: [String: String] = [:]) {
        self.bootstrapServers = bootstrapServers
        self.clientId = clientId
        self.properties = properties
    }

    /// `KAFKA_BOOTSTRAP_SERVERS`, and every other `KAFKA_<NAME>` as the property `<name>` with dots for underscores:
    /// `KAFKA_SASL_USERNAME` is `sasl.username`.
    /// - Returns: nil without `KAFKA_BOOTSTRAP_SERVERS`.
    public static func environment(_ environment: [String: String], clientId: String = "directchat") -> Self? {
        guard let servers = environment["KAFKA_BOOTSTRAP_SERVERS"], !servers.isEmpty else { return nil }
        var properties: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix("KAFKA_") && name != "KAFKA_BOOTSTRAP_SERVERS" {
            let property = name.dropFirst("KAFKA_".count).lowercased().replacing("_", with: ".")
            properties[property] = value
        }
        return Self(
            bootstrapServers: servers, clientId: properties.removeValue(forKey: "client.id") ?? clientId,
            properties: properties)
    }

    /// For logs: values of properties that may be secret are starred out.
    public var redacted: String {
        let shown = properties.sorted { $0.key < $1.key }.map { name, value in
            "\(name)=\(Self.isSecret(name) ? "***" : value)"
        }
        return (["bootstrap.servers=\(bootstrapServers)", "client.id=\(clientId)"] + shown).joined(separator: " ")
    }

    public var description: String { redacted }

    private static func isSecret(_ name: String) -> Bool {
        ["password", "secret", "token", "jaas", "oauthbearer.config", "username", ".pem", "key.location"]
            .contains { name.contains($0) }
    }
}
