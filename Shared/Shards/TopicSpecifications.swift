import Contracts
import Kafka

extension TopicNames {
    /// What every topic must be like, for whoever makes one: services at their start, and the tools.
    public func specifications(partitions: Int32, replicationFactor: Int) -> [TopicSpecification] {
        Topic.allCases.map { topic in
            var wanted = topic.settings
            if replicationFactor >= 3, topic.retention != .passing {
                wanted["min.insync.replicas"] = "2"
                wanted["unclean.leader.election.enable"] = "false"
            }
            return TopicSpecification(
                name: name(topic), partitions: partitions, replicationFactor: replicationFactor, settings: wanted)
        }
    }
}
