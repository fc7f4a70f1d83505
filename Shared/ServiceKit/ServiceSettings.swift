import Contracts
import Foundation
import Kafka
import Logging
import Shards

/// Everything that a service was told at start, checked before anything is begun.
public struct ServiceSettings: Sendable {
    /// `ingest`, `presence`, …
    public let name: String
    /// Tells processes of one service apart in logs.
    public let instance: String
    public let host: String
    public let port: Int
    /// Base URL for other instances, without a slash at its end.
    public let advertise: String
    public let dataDirectory: URL
    public let dealerships: Dealerships
    /// Static group membership.
    public let instanceId: String?
    public let allowSingleReplica: Bool
    public let sessionTimeoutMs: Int
    /// Shared by all instances; nil where no snapshots are kept.
    public let snapshots: URL?
    public let snapshotEvery: Int64
    public let names: TopicNames
    public let partitions: Int32
    public let replicationFactor: Int
    public let allowedOrigins: Set<String>
    public let logLevel: Logger.Level
    public let kafka: KafkaConfiguration
    public let staffKeys: StaffKeySource
    /// Only where the service asked for it.
    public let visitorSecret: Secret?
    /// Other variables by their full name: `env("TWILIO_AUTH_TOKEN")`.
    public let env: EnvironmentLookup
    /// The configuration was only to be checked.
    public let isCheck: Bool

    /// What a service needs besides what all need.
    public enum Need: Sendable { case visitorSecret }

    /// - Throws: `ConfigurationError` with every problem that was found.
    public init(
        name: String, port defaultPort: Int, options: ServiceOptions, needs: Set<Need> = [],
        environment: EnvironmentLookup = EnvironmentLookup()
    ) throws {
        var reader = SettingsReader(environment)
        self.name = name
        env = environment
        isCheck = options.check
        host = reader.text(options.host, "HOST") ?? "127.0.0.1"
        port = reader.integer(options.port, "PORT", in: 1...65_535) ?? defaultPort
        advertise = reader.baseURL(options.advertise, "ADVERTISE") ?? Self.advertised(host: host, port: port)
        let directory = reader.text(options.dataDir, "DATA_DIR") ?? "data/\(name)"
        dataDirectory = URL(fileURLWithPath: directory, isDirectory: true)
        instanceId = reader.identifier(options.instanceId, "INSTANCE_ID")
        instance =
            instanceId
            ?? Self.instance(
                of: name, process: ProcessInfo.processInfo.processIdentifier, host: ProcessInfo.processInfo.hostName)
        sessionTimeoutMs =
            reader.integer(options.sessionTimeoutMs, "SESSION_TIMEOUT_MS", in: 1_000...300_000) ?? 10_000
        snapshots = reader.text(options.snapshots, "SNAPSHOTS").map { URL(fileURLWithPath: $0, isDirectory: true) }
        snapshotEvery =
            reader.integer(options.snapshotEvery, "SNAPSHOT_EVERY", in: 100...1_000_000_000).map(Int64.init)
            ?? Shards.Limits.snapshotEveryRecords
        let prefix = reader.text(options.topicPrefix, "TOPIC_PREFIX") ?? TopicNames.defaultPrefix
        reader.check(TopicPrefix.isValid(prefix), "--topic-prefix: '\(prefix)' does not begin a topic's name")
        names = TopicNames(prefix: prefix)
        partitions = Int32(reader.integer(options.partitions, "PARTITIONS", in: 1...1_000) ?? 12)
        let cluster = ClusterSettings(
            &reader, options.allowSingleReplica, options.replicationFactor, clientId: "\(name).\(instance)")
        allowSingleReplica = cluster.allowSingleReplica
        replicationFactor = cluster.replicationFactor
        kafka = cluster.kafka
        allowedOrigins = reader.origins(options.allowedOrigins, "ALLOWED_ORIGINS")
        logLevel = reader.logLevel("LOG_LEVEL")
        staffKeys = reader.staffKeys()
        visitorSecret = reader.secret("DIRECTCHAT_VISITOR_SECRET", required: needs.contains(.visitorSecret))
        dealerships = reader.dealerships(options.dealerships, "DEALERSHIPS")
        guard reader.problems.isEmpty else { throw ConfigurationError(reader.problems) }
    }

    /// A wildcard address is no address to be reached at; the machine's name is.
    static func advertised(host: String, port: Int) -> String {
        let wildcard = host == "0.0.0.0" || host == "::"
        let name = wildcard ? ProcessInfo.processInfo.hostName : host
        return "http://\(name.contains(":") ? "[\(name)]" : name):\(port)"
    }

    /// In a container every service is process 1; there the machine's name tells them apart.
    static func instance(of name: String, process: Int32, host: @autoclosure () -> String) -> String {
        "\(name)-\(process == 1 ? host() : String(process))"
    }

    /// - Throws: `ConfigurationError` if the folder can be neither used nor made.
    func makeSnapshotFolder() throws -> SnapshotFolder? {
        // Of one set of topics: others' shards bear the same numbers.
        guard let folder = snapshots?.appending(path: names.prefix + "shards") else { return nil }
        do {
            return try SnapshotFolder(folder)
        } catch {
            throw ConfigurationError(["--snapshots (DIRECTCHAT_SNAPSHOTS): \(folder.path) cannot be made: \(error)"])
        }
    }

    /// A secret of the service's own, of at least 32 bytes.
    /// - Throws: `ConfigurationError` naming the variable.
    public func secret(_ variable: String) throws -> Secret {
        var reader = SettingsReader(env)
        guard let secret = reader.secret(variable, required: true) else { throw ConfigurationError(reader.problems) }
        return secret
    }

    /// For the log at start: no secret is among them.
    public var redacted: Logger.Metadata {
        [
            "host": "\(host)", "port": "\(port)", "advertise": "\(advertise)", "dataDir": "\(dataDirectory.path)",
            "dealerships": "\(dealerships.all.count)", "instanceId": "\(instanceId ?? "none")",
            "allowSingleReplica": "\(allowSingleReplica)", "sessionTimeoutMs": "\(sessionTimeoutMs)",
            "snapshots": "\(snapshots?.path ?? "none")", "snapshotEvery": "\(snapshotEvery)",
            "topicPrefix": "\(names.prefix)", "partitions": "\(partitions)",
            "replicationFactor": "\(replicationFactor)",
            "allowedOrigins": "\(allowedOrigins.sorted().joined(separator: ","))", "logLevel": "\(logLevel)",
            "kafka": "\(kafka.redacted)", "staffKeys": "\(staffKeys)",
            "visitorSecret": "\(visitorSecret.map(\.description) ?? "none")",
        ]
    }
}

public enum TopicPrefix {
    public static func isValid(_ prefix: String) -> Bool {
        prefix.utf8.count <= 200
            && prefix.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
