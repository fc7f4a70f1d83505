import Contracts
import Foundation
import Kafka
import Shards
import TestKit

/// The logs that the loop's conformance suite runs over.
enum LogKind: String, CaseIterable, Sendable {
    case simulated = "the simulated log"
    case mockCluster = "the mock cluster"
    case localBroker = "the local broker"
    case configured = "the configured broker"

    static let environment = KafkaConfiguration.environment(ProcessInfo.processInfo.environment)

    /// Those of this run; `CONFORMANCE_LOG=mock` narrows it.
    static var present: [LogKind] {
        let wanted = ProcessInfo.processInfo.environment["CONFORMANCE_LOG"] ?? ""
        return allCases.filter { ($0 != .configured || environment != nil) && $0.rawValue.hasSomewhere(wanted) }
    }

    /// As found by trying each case on each log.
    var capabilities: Set<Capability> {
        switch self {
        case .simulated: Set(Capability.allCases)
        case .mockCluster: [.manyMembers, .evictsDeadMembers, .injectsErrors, .disconnects]
        case .localBroker: Set(Capability.allCases).subtracting([.injectsErrors])
        case .configured: Set(Capability.allCases).subtracting([.injectsErrors, .disconnects, .losesTail])
        }
    }

    /// Cases at a time: a broker process and a dozen threads each are more than two cores bear many of.
    var atOnce: Int {
        switch self {
        case .simulated: 4
        case .mockCluster: 8
        case .localBroker, .configured: 3
        }
    }

    /// Of members that are killed.
    var sessionTimeoutMs: Int { self == .simulated ? 400 : 6_000 }

    /// How long a group waits for its members once one is put out.
    var rebalanceDelayMs: Int { self == .mockCluster ? sessionTimeoutMs - 1_000 : 0 }

    func open(names: TopicNames, partitions: Int32) async throws -> any ConformanceLog {
        switch self {
        case .simulated: SimulatedWorld()
        case .mockCluster: try KafkaWorld(on: MockCluster(topics: []), names: names)
        case .localBroker: try KafkaWorld(on: await LocalBroker(), names: names)
        case .configured:
            try KafkaWorld(Self.environment ?? KafkaConfiguration(bootstrapServers: "", clientId: ""), names: names)
        }
    }
}

/// What a case needs of its log.
enum Capability: String, CaseIterable, Comparable, Sendable {
    case manyMembers, evictsDeadMembers, staticMembers
    case losesTail, trims, recreatesTopics, addsPartitions
    case injectsErrors, disconnects

    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// One log, for one case.
protocol ConformanceLog: Sendable {
    func create(_ topics: [String], partitions: Int32) async throws
    /// - Parameter process: whose it is; see `kill`.
    func client(_ process: String) throws -> any LogClient
    func appender(_ process: String) throws -> any LogAppender
    /// An instance that can be killed and frozen.
    func victim(_ address: String, _ world: ConformanceWorld) async throws -> any Victim
    func disconnect() async throws
    func reconnect() async throws
    /// Loses what `body` appends, or the end of it.
    func loseTail(_ body: () async throws -> Void) async throws
    func trim(_ place: TopicPartition, before offset: Int64) async throws
    func recreate(_ topic: String, partitions: Int32) async throws
    func addPartitions(_ topic: String, to count: Int32) async throws
    /// The next appends get errors that pass, and one that ends a producer.
    func failAppends() async throws
    /// What is left of it goes.
    func end() async throws
}

/// An instance of `Tally` that comes to harm.
protocol Victim: Sendable {
    /// It is gone without a word.
    func kill() async throws
    /// Its group hears nothing of it.
    func silence() async throws
    /// Its group hears it again; until then it goes on with what it had.
    func wake() async throws
}

extension String {
    /// An empty text is everywhere.
    func hasSomewhere(_ text: String) -> Bool { text.isEmpty || contains(text) }
}
