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

    func isCalled(_ text: String) -> Bool { text == id || text == name }

    /// What to write after `--cluster`.
    var description: String { name ?? id ?? "unknown" }

    /// By the id: a name is a setting, and may have changed.
    func isSame(as other: Self) -> Bool { id == other.id && (id != nil || name == other.name) }
}

extension Session {
    func cluster() async throws -> ClusterIdentity {
        ClusterIdentity(
            id: try await admin.clusterId(), name: environment("DIRECTCHAT_CLUSTER_NAME"),
            servers: kafka.bootstrapServers)
    }
}
