import Contracts
import Shards
import Synchronization

/// What services add to `/status` and `/readyz`.
final class StatusBoard: Sendable {
    typealias Section = @Sendable () async -> any Encodable & Sendable
    typealias Reason = @Sendable () async -> String?

    private let sections = Mutex<[(name: String, make: Section)]>([])
    private let reasons = Mutex<[Reason]>([])

    func add(_ name: String, _ section: @escaping Section) {
        sections.withLock { $0.append((name, section)) }
    }

    func addReason(_ reason: @escaping Reason) {
        reasons.withLock { $0.append(reason) }
    }

    func all() async -> [(name: String, value: any Encodable & Sendable)] {
        var all: [(String, any Encodable & Sendable)] = []
        for (name, make) in sections.withLock({ $0 }) { all.append((name, await make())) }
        return all
    }

    func why() async -> [String] {
        var all: [String] = []
        for reason in reasons.withLock({ $0 }) {
            if let reason = await reason() { all.append(reason) }
        }
        return all
    }
}

/// `/status`.
struct StatusReport: Encodable, Sendable {
    var service: String
    var instance: String
    var version: String
    var startedAt: Timestamp
    var ready: Bool
    /// Why not.
    var reasons: [String]
    var shards: [ShardStatus]
    var sections: [(name: String, value: any Encodable & Sendable)]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(service, forKey: Key(stringValue: "service"))
        try container.encode(instance, forKey: Key(stringValue: "instance"))
        try container.encode(version, forKey: Key(stringValue: "version"))
        try container.encode(startedAt, forKey: Key(stringValue: "startedAt"))
        try container.encode(ready, forKey: Key(stringValue: "ready"))
        try container.encode(reasons, forKey: Key(stringValue: "reasons"))
        try container.encode(shards, forKey: Key(stringValue: "shards"))
        for section in sections {
            try section.value.encode(to: container.superEncoder(forKey: Key(stringValue: section.name)))
        }
    }
}
