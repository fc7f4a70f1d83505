import ArgumentParser
import Foundation
import Kafka
import ServiceKit

/// How another cluster than the log's is reached.
struct TargetOptions: ParsableArguments, Sendable {
    @Option(help: "Brokers of another cluster to write to (KAFKA_TARGET_BOOTSTRAP_SERVERS).")
    var targetBootstrapServers: String?

    @Option(
        help: """
            File with client settings of that cluster, also bootstrap.servers, lines of name=value; flags and \
            KAFKA_TARGET_<NAME> come first.
            """)
    var targetConfig: String?
}

/// The cluster that is written to: the log's own, or another.
struct TargetCluster: Sendable {
    static let variablePrefix = "KAFKA_TARGET_"

    let kafka: KafkaConfiguration
    let admin: KafkaAdmin
    let scan: LogScan
    let identity: ClusterIdentity
    let isOther: Bool

    /// - Parameter servers: of another cluster, as a plan remembers them; what is given comes first.
    init(_ options: TargetOptions, servers: String? = nil, _ session: Session) async throws {
        let environment = session.environment
        var properties = try options.targetConfig.map(Self.properties) ?? [:]
        let written = properties.removeValue(forKey: "bootstrap.servers")
        let given =
            options.targetBootstrapServers ?? environment("KAFKA_TARGET_BOOTSTRAP_SERVERS") ?? written ?? servers
        guard let given else {
            (kafka, admin, scan, isOther) = (session.kafka, session.admin, session.scan, false)
            identity = try await session.cluster()
            return
        }
        for (name, value) in environment.variables where name.hasPrefix(Self.variablePrefix) {
            let property = name.dropFirst(Self.variablePrefix.count).lowercased().replacing("_", with: ".")
            if property != "bootstrap.servers" { properties[property] = value }
        }
        kafka = KafkaConfiguration(bootstrapServers: given, clientId: "replay", properties: properties)
        do {
            admin = try KafkaAdmin(configuration: kafka, logger: session.logger)
        } catch {
            throw ValidationError("KAFKA_TARGET_<NAME> or --target-config: \(error)")
        }
        scan = LogScan(configuration: kafka, admin: admin, logger: session.logger)
        identity = try ClusterIdentity(
            id: try await admin.clusterId(), name: environment("DIRECTCHAT_TARGET_CLUSTER_NAME"), servers: given
        ).checked(against: environment("DIRECTCHAT_TARGET_CLUSTER_ID"))
        isOther = true
    }

    func topic(_ name: String) async throws -> TargetTopic {
        TargetTopic(name, settings: try await admin.settings(of: name), client: kafka.properties)
    }

    func producer(to topic: TargetTopic, _ session: Session) throws -> KafkaProducer {
        var configuration = kafka
        configuration.properties.merge(topic.producing) { _, new in new }
        return try KafkaProducer(configuration: configuration, kind: .kept, logger: session.logger)
    }

    func close() async {
        if isOther { await admin.close() }
    }

    /// - Throws: `Refusal` that names the line.
    static func properties(_ path: String) throws -> [String: String] {
        guard let text = FileManager.default.contents(atPath: path).map({ String(decoding: $0, as: UTF8.self) }) else {
            throw Refusal("cannot read \(path)")
        }
        var properties: [String: String] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw Refusal("\(path), line \(number + 1): it is not name=value") }
            properties[parts[0].trimmingCharacters(in: .whitespaces)] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return properties
    }
}
