import ArgumentParser

/// The flags that all services have. Each one's default comes from `DIRECTCHAT_<NAME>`; secrets come from the
/// environment alone, since everybody on the machine can read a process's arguments.
public struct ServiceOptions: ParsableArguments, Sendable {
    @Option(help: "Address to listen on (127.0.0.1).")
    public var host: String?

    @Option(help: "Port to listen on.")
    public var port: Int?

    @Option(help: "Base URL under which other instances reach this one (http://<host>:<port>).")
    public var advertise: String?

    @Option(help: "Where this process keeps its files; no other may use it (data/<service>).")
    public var dataDir: String?

    @Option(help: "JSON file: [{id, name, timeZone, smsNumbers, origins}].")
    public var dealerships: String?

    @Option(help: "Static membership in the consumer group: a restart within the session time-out moves nothing.")
    public var instanceId: String?

    @Flag(help: "Accept kept topics with one replica: a broker's disk may lose them.")
    public var allowSingleReplica = false

    @Option(help: "How long the group waits for a silent member, in milliseconds (10000).")
    public var sessionTimeoutMs: Int?

    @Option(help: "Folder that all instances share, for copies of shards: one that moves is served again in seconds.")
    public var snapshots: String?

    @Option(help: "Records between two copies of a shard (20000).")
    public var snapshotEvery: Int?

    @Option(help: "Before every topic's name (directchat.).")
    public var topicPrefix: String?

    @Option(help: "Partitions of every topic, fixed when they are made (12).")
    public var partitions: Int?

    @Option(help: "Replicas of topics that are made (3; 1 with --allow-single-replica).")
    public var replicationFactor: Int?

    @Option(help: "Origins, comma-separated, of pages that may call this service besides its own.")
    public var allowedOrigins: String?

    @Flag(help: "Check the configuration and exit.")
    public var check = false

    public init() {}
}
