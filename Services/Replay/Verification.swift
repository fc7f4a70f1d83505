import Contracts
import Kafka

/// What a topic says: of each dealership the number of its records and a digest of them in their order; of the dead
/// letters the same without an order, since they come from several partitions.
struct TopicSummary: Equatable, Sendable {
    struct Row: Equatable, Sendable {
        var records = 0
        var digest = RecordDigest.none
    }

    var dealerships: [String: Row] = [:]
    var deadLetters = Row()

    var records: Int { dealerships.values.reduce(deadLetters.records) { $0 + $1.records } }

    mutating func add(_ record: Record, among partitions: Int32) {
        let digest = RecordDigest(record)
        if case .dealership(let id) = Owner(record, among: partitions) {
            let row = dealerships[id] ?? Row()
            dealerships[id] = Row(records: row.records + 1, digest: row.digest.followed(by: digest))
        } else {
            deadLetters = Row(records: deadLetters.records + 1, digest: deadLetters.digest.joined(with: digest))
        }
    }

    /// The first dealership, by name, that differs.
    func firstDifference(from other: TopicSummary) -> String? {
        Set(dealerships.keys).union(other.dealerships.keys).sorted().first { dealerships[$0] != other.dealerships[$0] }
    }
}

/// Compares a copy with its source, from their starts to the ends that they have now.
struct Verification {
    let route: Route
    let scan: LogScan

    struct Result: Encodable, Sendable {
        var topic: String
        /// Records; of a compacted topic, keys.
        var source = 0
        var target = 0
        /// In words; nil where there is none.
        var difference: String?
    }

    func kept(_ source: String, _ target: String) async throws -> Result {
        let before = try await summary(source, route.from)
        let after = try await summary(target, route.to)
        var result = Result(topic: source, source: before.records, target: after.records)
        if let dealership = before.firstDifference(from: after) {
            result.difference = try await difference(of: dealership, source, target)
        } else if before.deadLetters != after.deadLetters {
            let (mine, other) = (before.deadLetters.records, after.deadLetters.records)
            result.difference =
                mine == other ? "the dead letters differ" : "\(source) has \(mine) dead letters, \(target) has \(other)"
        }
        return result
    }

    /// By key: a key that only the target has is one that the source's broker has deleted meanwhile.
    func compacted(_ source: String, _ target: String) async throws -> Result {
        let before = try await LastByKey(source, partitions: route.from, scan).last
        let after = try await LastByKey(target, partitions: route.to, scan).last
        var result = Result(topic: source, source: before.count, target: after.count)
        let differing = before.filter { key, found in
            after[key]?.digest != found.digest || after[key]?.isDeadLetter != found.isDeadLetter
        }
        let first = differing.min { ($0.value.partition, $0.value.offset) < ($1.value.partition, $1.value.offset) }
        if let (key, found) = first {
            result.difference =
                "\(source)/\(found.partition)@\(found.offset): "
                + (after[key] == nil ? "\(target) has no record of its key" : "\(target) ends its key otherwise")
                + "; \(differing.count) keys differ"
        }
        return result
    }

    private func summary(_ topic: String, _ partitions: Int32) async throws -> TopicSummary {
        var summary = TopicSummary()
        let ranges = try await scan.ranges(topic, partitions: partitions)
        var line = ProgressLine("\(topic): comparing", of: ranges.reduce(0) { $0 + Int64($1.count) })
        try await scan.read(topic, Dictionary(uniqueKeysWithValues: zip(0..<partitions, ranges))) { records in
            for record in records { summary.add(record, among: partitions) }
            line.advance(records.count)
            return true
        }
        return summary
    }

    // MARK: The first record that differs

    private struct Place {
        let offset: Int64
        let digest: RecordDigest
        let id: String
    }

    private func difference(of dealership: String, _ source: String, _ target: String) async throws -> String {
        let before = try await records(of: dealership, source, route.from)
        let after = try await records(of: dealership, target, route.to)
        let same = zip(before, after).prefix { $0.digest == $1.digest }.count
        func at(_ topic: String, _ partitions: Int32, _ places: [Place]) -> String {
            guard same < places.count else { return "\(topic) has no more" }
            let partition = Partitioner.partition(dealership, of: partitions)
            return "\(topic)/\(partition)@\(places[same].offset) has \(places[same].id)"
        }
        return "\(dealership): \(before.count) records against \(after.count); record \(same + 1) differs: "
            + "\(at(source, route.from, before)), \(at(target, route.to, after))"
    }

    private func records(of dealership: String, _ topic: String, _ partitions: Int32) async throws -> [Place] {
        let partition = Partitioner.partition(dealership, of: partitions)
        var found: [Place] = []
        let range = try await scan.ranges(topic, partitions: partitions)[Int(partition)]
        try await scan.read(topic, [partition: range]) { records in
            for record in records where Owner(record, among: partitions) == .dealership(dealership) {
                let id = record.header("ce_id").map { String(decoding: $0, as: UTF8.self) } ?? "no id"
                found.append(Place(offset: record.offset, digest: RecordDigest(record), id: id))
            }
            return true
        }
        return found
    }
}
