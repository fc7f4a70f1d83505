import Contracts
import Foundation
import GRDB
import Kafka
import Testing

@testable import Presence
@testable import Shards

/// One owner's shard on a file of its own: folds what it is given, through the loop's own code.
final class TestShard {
    let file: ShardFile<PresenceLogic>
    private let folder: URL
    private var next: [Topic: Int64] = [:]

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("p-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        file = try ShardFile(
            url: folder.appendingPathComponent("shard.sqlite"), logic: PresenceLogic(), partition: 0, partitions: 1,
            names: TopicNames())
    }

    deinit {
        try? file.pool.close()
        try? FileManager.default.removeItem(at: folder)
    }

    @discardableResult
    func fold(_ events: Event..., on topic: Topic = .activity) async throws -> BatchOutcome {
        var batch: [Kafka.Record] = []
        for event in events {
            batch.append(
                Kafka.Record(
                    topic: TopicNames().name(topic), partition: 0, offset: next[topic, default: 0],
                    timestamp: event.time.milliseconds, key: Array(event.key.utf8), value: event.data,
                    headers: CloudEvents.headers(of: event).map { Header(name: $0.name, value: $0.value) }))
            next[topic, default: 0] += 1
        }
        return try await file.apply(batch, verifying: [])
    }

    /// As if so many other records had come in between.
    func skip(_ records: Int64, of topic: Topic = .activity) { next[topic, default: 0] += records }

    func owed(at seconds: Int64) async throws -> [Event] {
        let (entries, failures) = try await file.owed(now: .at(seconds))
        #expect(failures.isEmpty)
        return entries.map(\.event)
    }

    /// Appends and folds what is owed.
    @discardableResult
    func settle(at seconds: Int64) async throws -> [Event] {
        let owed = try await owed(at: seconds)
        for event in owed { try await fold(event, on: .presence) }
        return owed
    }

    func leases(_ conversation: String = "c1") async throws -> [Lease] {
        try await file.pool.read { try Lease.all(of: Visit(dealership: "north", conversation: conversation), in: $0) }
    }
}

extension Timestamp {
    static func at(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_790_000_000_000 + seconds * 1_000)
    }
}

extension Event {
    static func beat(
        _ seconds: Int64, tab: String = "t1", visible: Bool = true, page: String? = "/cars",
        conversation: String = "c1", dealership: String = "north"
    ) -> Event {
        Event(
            VisitBeat(conversationId: conversation, tabId: tab, page: page, visible: visible), id: "b\(seconds)\(tab)",
            dealership: dealership, service: "ingest", time: .at(seconds), key: "\(dealership)/\(conversation)")
    }

    static func left(_ seconds: Int64, tab: String = "t1", conversation: String = "c1") -> Event {
        Event(
            VisitLeft(conversationId: conversation, tabId: tab), id: "l\(seconds)\(tab)", dealership: "north",
            service: "ingest", time: .at(seconds), key: "north/\(conversation)")
    }
}
