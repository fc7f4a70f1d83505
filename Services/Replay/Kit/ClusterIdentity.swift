import Kafka
import ServiceKit

/// Which cluster it is: by the id that its brokers give it, and by the name that this machine's settings give it.
struct ClusterIdentity: Codable, Equatable, Sendable, CustomStringConvertible {
    var id: String?
    var name: String?

    init(id: String?, name: String?) {
        (self.id, self.name) = (id, name)
    }

    /// - Parameter servers: names a cluster that has neither, so that it can be written to at all.
    init(id: String?, name: String?, servers: String) {
        self.init(id: id, name: name ?? (id == nil ? servers : nil))
    }

    /// The name is the shell's, and a shell may have another cluster's servers: where it says the name's id too, only that
    /// cluster is meant.
    ///
    /// - Parameter bound: the id that belongs to the name.
    func checked(against bound: String?) throws(Refusal) -> Self {
        if let bound, let id, bound != id {
            throw Refusal(
                "the servers are those of the cluster \(id), and \(name ?? "the configured name") is the cluster \(bound): "
                    + "look at KAFKA_BOOTSTRAP_SERVERS and DIRECTCHAT_CLUSTER_ID, or at the target's")
        }
        return self
    }

    func isCalled(_ text: String) -> Bool { text == id || text == name }

    /// What to write after `--cluster`.
    var description: String { name ?? id ?? "unknown" }

    /// By the id: a name is a setting, and may have changed.
    func isSame(as other: Self) -> Bool { id == other.id && (id != nil || name == other.name) }
}

extension Session {
    func cluster() async throws -> ClusterIdentity {
        try ClusterIdentity(
            id: try await admin.clusterId(), name: environment("DIRECTCHAT_CLUSTER_NAME"),
            servers: kafka.bootstrapServers
        ).checked(against: environment("DIRECTCHAT_CLUSTER_ID"))
    }
}
