import Contracts
import Kafka
import Logging
import ServiceKit
import Shards

/// A new set of topics with another number of partitions, filled from an old one.
///
/// - `kept` topics are copied record by record, compacted ones by their last records.
/// - `owners` is not copied: a claim says who serves shard p, and shard p of the new topics has other dealerships. The
///   new services claim their shards themselves.
/// - Passing topics are not copied: their old records do not matter.
struct Repartition {
    let from: TopicNames
    let to: TopicNames
    let route: Route
    let cluster: ClusterSettings
    let scan: LogScan

    static let copied: [Topic] = Topic.allCases.filter { $0.retention != .passing && $0 != .owners }

    /// - Throws: `Refusal` where the source is not there whole.
    static func route(_ from: TopicNames, to partitions: Int32, _ admin: KafkaAdmin) async throws -> Route {
        var count: Int32?
        for topic in copied {
            guard let found = try await admin.partitionCount(from.name(topic)) else {
                throw Refusal("there is no topic \(from.name(topic)) to copy from")
            }
            guard found == count ?? found else {
                throw Refusal("\(from.name(topic)) has \(found) partitions, \(from.name(copied[0])) \(count ?? 0)")
            }
            count = found
        }
        return Route(from: count ?? 0, to: partitions)
    }

    /// Makes the target's topics, or sees that they are as they should be and that nobody has lived on them.
    func prepare() async throws {
        for topic in Topic.allCases {
            let name = to.name(topic)
            guard let found = try await scan.admin.partitionCount(name), found != route.to else { continue }
            throw Refusal("\(name) exists with \(found) partitions instead of \(route.to). Nothing was changed")
        }
        do {
            try await scan.admin.ensure(
                to.specifications(partitions: route.to, replicationFactor: cluster.replicationFactor),
                allowSingleReplica: cluster.allowSingleReplica)
        } catch let error as KafkaError where !error.isRetriable {
            throw Refusal("\(error)")
        }
        for topic in Topic.allCases where !Self.copied.contains(topic) {
            let name = to.name(topic)
            guard try await scan.ranges(name, partitions: route.to).contains(where: { $0.upperBound > 0 }) else {
                continue
            }
            throw Refusal(
                "\(name) has records, which no copy makes: services have run on \(to.prefix). What they wrote there is "
                    + "not in \(from.prefix), so nothing is copied any more. Nothing was changed")
        }
    }

    func copy(_ file: inout ProgressFile, _ producer: KafkaProducer) async throws -> [TopicResult] {
        let writer = TargetWriter(producer: producer)
        var results: [TopicResult] = []
        for topic in Self.copied {
            let (source, target) = (from.name(topic), to.name(topic))
            let before = try await scan.ranges(source, partitions: route.from)
            var result =
                topic.retention == .kept
                ? try await KeptCopy(source: source, target: target, route: route, scan: scan, writer: writer)
                    .run(&file)
                : try await CompactedCopy(source: source, target: target, route: route, scan: scan, writer: writer)
                    .run()
            let after = try await scan.ranges(source, partitions: route.from)
            result.behind = zip(before, after).reduce(0) { $0 + $1.1.upperBound - $1.0.upperBound }
            results.append(result)
        }
        return results
    }

    func verify() async throws -> [Verification.Result] {
        let verification = Verification(route: route, scan: scan)
        var results: [Verification.Result] = []
        for topic in Self.copied {
            guard let found = try await scan.admin.partitionCount(to.name(topic)), found == route.to else {
                throw Refusal("there is no topic \(to.name(topic)) with \(route.to) partitions")
            }
            let (source, target) = (from.name(topic), to.name(topic))
            results.append(
                topic.retention == .kept
                    ? try await verification.kept(source, target) : try await verification.compacted(source, target))
        }
        return results
    }
}
