import Kafka

/// Whoever writes says where they mean to.
enum ClusterName {
    /// - Parameter id: what the cluster calls itself; a broker that has no id is named by its address.
    /// - Throws: `Refusal` that names the cluster.
    static func confirm(_ name: String, is id: String?, _ configuration: KafkaConfiguration) throws {
        let actual = id.flatMap { $0.isEmpty ? nil : $0 } ?? configuration.bootstrapServers
        guard name == actual else {
            throw Refusal(
                "this is not the cluster '\(name)': \(configuration.bootstrapServers) calls itself '\(actual)'. If that "
                    + "is the one you mean, --cluster '\(actual)'")
        }
    }
}
