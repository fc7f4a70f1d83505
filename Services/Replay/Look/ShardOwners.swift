import Contracts
import Kafka

/// Who serves which shard, as the topic `owners` says now.
struct ShardOwners: Sendable {
    struct Claim: Encodable, Equatable, Sendable {
        var service: String
        var shard: Int32
        var address: String
        var claimedAt: Timestamp?
    }

    let claims: [Claim]
    /// Of the topic, and so shards of a service.
    let partitions: Int32

    init(_ session: Session) async throws {
        let topic = session.names.name(.owners)
        let partitions = try await session.partitionCount(topic)
        self.partitions = partitions
        let ranges = try await session.scan.ranges(topic, partitions: partitions)
        var last: [String: Claim] = [:]
        try await session.scan.read(topic, Dictionary(uniqueKeysWithValues: zip(0..<partitions, ranges))) { records in
            for record in records {
                guard let key = record.key.map({ String(decoding: $0, as: UTF8.self) }) else { continue }
                let claim = record.value.flatMap { try? ShardOwned(json: JSONView(Array($0))) }
                guard let claim, claim.key == key, claim.shard == record.partition else { continue }
                last[key] = Claim(
                    service: claim.service, shard: claim.shard, address: claim.address,
                    claimedAt: record.timestamp < 0 ? nil : Timestamp(milliseconds: record.timestamp))
            }
            return true
        }
        claims = last.values.sorted { ($0.service, $0.shard) < ($1.service, $1.shard) }
    }

    func address(of service: String, _ shard: Int32) -> String? {
        claims.first { $0.service == service && $0.shard == shard }?.address
    }

    /// Each instance once, with its service, in the order of shards.
    var instances: [(service: String, address: String)] {
        var seen: Set<String> = []
        return claims.filter { seen.insert($0.service + " " + $0.address).inserted }.map { ($0.service, $0.address) }
    }
}
