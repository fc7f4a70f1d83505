import Contracts
import Kafka

/// What a group has committed, and changing it.
struct GroupOffsets: Sendable {
    let group: String
    let admin: KafkaAdmin

    /// Of every topic of the cluster.
    func committed() async throws -> [TopicPartition: Int64] {
        let places = try await admin.topics().flatMap { topic in
            (0..<topic.partitions).map { TopicPartition(topic.name, $0) }
        }
        return try await admin.committed(places, group: group)
    }

    /// - Throws: `Refusal` while it has members: they would go on from where they are, and commit over it.
    func checkInactive() async throws {
        let description = try await admin.describeGroup(group)
        // `Dead` is a group that has offsets only, or that nobody has heard of.
        guard description.members.isEmpty, ["Empty", "Dead"].contains(description.state) else {
            let members = description.members.map { "\($0.clientId) on \($0.host)" }.joined(separator: ", ")
            throw Refusal(
                "\(group) is \(description.state) with \(description.members.count) members (\(members)): stop the "
                    + "subscriber first, or it goes on from where it is and commits over what is set here")
        }
    }

    /// - Throws: `Refusal` for a service of DirectChat, whose position is in its files.
    func checkSubscriber(_ names: TopicNames, _ services: [String]) throws {
        let own = services.flatMap { [names.prefix + $0, names.prefix + $0 + ".lag"] }
        guard !own.contains(group), !group.hasSuffix(".lag") || !group.hasPrefix(names.prefix) else {
            throw Refusal(
                "\(group) is a service's of DirectChat: it reads its position from its own files, and never what is "
                    + "committed here")
        }
    }

    /// That something else holds than what was just set: no refusal, since it was set.
    struct Overtaken: Error, CustomStringConvertible {
        let group: String

        var description: String {
            "somebody has committed for \(group) at the same moment: look at `replay offsets show \(group)`"
        }
    }

    /// - Throws: `KafkaError`, also when a member has joined meanwhile: then the broker refuses it; `Overtaken`.
    func set(_ offsets: [TopicPartition: Int64]) async throws {
        try await checkInactive()
        try await admin.commit(offsets, group: group)
        let now = try await admin.committed(Array(offsets.keys), group: group)
        guard now == offsets else { throw Overtaken(group: group) }
    }
}
