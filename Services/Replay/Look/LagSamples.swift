import Contracts
import Kafka

/// What the services have committed for lag tools, looked at several times.
struct LagSamples: Sendable {
    struct Row: Encodable, Sendable {
        struct TopicRow: Encodable, Sendable {
            var topic: String
            var position: Int64
            var end: Int64
            var records: Int64
            var seconds: Double
            /// Nil without a window.
            var status: LagStatus?
        }

        var service: String
        var shard: Int32
        var records: Int64
        var seconds: Double
        var status: LagStatus?
        var topics: [TopicRow]
    }

    private let session: Session
    private let services: [String]
    private let places: [TopicPartition]
    private var tracks: [String: [TopicPartition: LagTrack]] = [:]

    init(_ session: Session, services wanted: [String]) async throws {
        self.session = session
        let prefix = session.names.prefix
        services = try await session.admin.groups().filter { $0.hasPrefix(prefix) && $0.hasSuffix(".lag") }
            .map { String($0.dropFirst(prefix.count).dropLast(4)) }
            .filter { wanted.isEmpty || wanted.contains($0) }
        var places: [TopicPartition] = []
        for topic in Topic.allCases where topic != .owners {
            guard let count = try await session.admin.partitionCount(session.names.name(topic)) else { continue }
            places += (0..<count).map { TopicPartition(session.names.name(topic), $0) }
        }
        self.places = places
    }

    var isEmpty: Bool { services.isEmpty }

    mutating func take(at now: Int64) async throws {
        for service in services {
            let group = session.names.prefix + service
            let committed = try await session.admin.committed(places, group: group + ".lag")
            let held = Set(try await session.admin.describeGroup(group).members.flatMap(\.partitions).map(\.partition))
            let ends = try await session.admin.offsets(Array(committed.keys))
            for (place, offset) in committed {
                let end = ends[place]?.upperBound ?? offset
                tracks[service, default: [:]][
                    place, default: LagTrack(committed: offset, end: end, at: now)
                ].look(committed: offset, end: end, isHeld: held.contains(place.partition), at: now)
            }
        }
    }

    /// - Parameter judges: whether the samples are a window.
    func rows(judges: Bool, at now: Int64) async throws -> [Row] {
        var rows: [Row] = []
        for (service, all) in tracks.sorted(by: { $0.key < $1.key }) {
            let behind = all.filter { $0.value.committed < $0.value.end }.mapValues(\.committed)
            let next = try await session.scan.records(at: behind)
            for (shard, group) in Dictionary(grouping: all, by: \.key.partition).sorted(by: { $0.key < $1.key }) {
                let topics = group.sorted { $0.key.topic < $1.key.topic }.map { place, track in
                    let age = next[place].map { max(0, now - $0.timestamp) } ?? 0
                    return Row.TopicRow(
                        topic: place.topic, position: track.committed, end: track.end, records: track.lag,
                        seconds: Double(age / 100) / 10,
                        status: judges ? LagStatus(track.commits, lag: track.lag, now: now) : nil)
                }
                rows.append(
                    Row(
                        service: service, shard: shard, records: topics.reduce(0) { $0 + $1.records },
                        seconds: topics.map(\.seconds).max() ?? 0, status: topics.compactMap(\.status).max(),
                        topics: topics))
            }
        }
        return rows
    }
}
