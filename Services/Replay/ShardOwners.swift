import Contracts
import Kafka

/// Who serves which shard, as the topic `owners` says now.
struct ShardOwners: Sendable {
    let scan: LogScan
    let names: TopicNames

    /// - Returns: the address of each shard's owner; of shards that nobody has claimed, none.
    /// - Throws: `Refusal` if there is no such topic.
    func addresses(of service: String) async throws -> (partitions: Int32, owners: [Int32: String]) {
        let topic = names.name(.owners)
        guard let partitions = try await scan.admin.partitionCount(topic) else {
            throw Refusal("there is no topic \(topic): is --topic-prefix that of the services?")
        }
        let ranges = try await scan.ranges(topic, partitions: partitions)
        var owners: [Int32: String] = [:]
        try await scan.read(topic, Dictionary(uniqueKeysWithValues: ranges.enumerated().map { (Int32($0), $1) })) {
            for record in $0 {
                guard let value = record.value, let claim = try? ShardOwned(json: JSONView(Array(value))),
                    claim.service == service, claim.shard == record.partition
                else { continue }
                owners[claim.shard] = claim.address
            }
            return true
        }
        return (partitions, owners)
    }
}
