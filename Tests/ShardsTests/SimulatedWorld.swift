import Contracts
import Foundation
import Kafka
import Shards
import Simulation

/// The simulated log, its clock driven by the real one.
final class SimulatedWorld: ConformanceLog {
    private let log = SimulatedLog()
    private let clock: Task<Void, Never>

    init() {
        let log = log
        clock = Task {
            while (try? await Task.sleep(for: .milliseconds(10))) != nil {
                log.change { $0.advance(milliseconds: 10) }
            }
        }
    }

    func create(_ topics: [String], partitions: Int32) {
        log.change { cluster in
            for topic in topics { cluster.create(topic, partitions: Int(partitions)) }
        }
    }

    func client(_ process: String) -> any LogClient { log.client(process: process) }
    func appender(_ process: String) -> any LogAppender { log.appender(process: process) }

    func victim(_ address: String, _ world: ConformanceWorld) throws -> any Victim {
        SimulatedVictim(log: log, address: address, instance: try world.start(address))
    }

    func disconnect() { log.change { $0.set(isUp: false) } }
    func reconnect() { log.change { $0.set(isUp: true) } }

    func loseTail(_ body: () async throws -> Void) async throws {
        let before = log.change { $0.ends }
        try await body()
        disconnect()
        log.change { cluster in
            for (place, end) in before { cluster.truncate(place, from: end) }
        }
        reconnect()
    }

    func trim(_ place: TopicPartition, before offset: Int64) { log.change { $0.trim(place, before: offset) } }

    func recreate(_ topic: String, partitions: Int32) {
        log.change { cluster in
            cluster.delete(topic)
            cluster.create(topic, partitions: Int(partitions))
        }
    }

    func addPartitions(_ topic: String, to count: Int32) {
        log.change { $0.create(topic, partitions: Int(count)) }
    }

    func failAppends() {
        let passing = KafkaError(
            code: -195, name: "_TRANSPORT", reason: "injected", operation: "send", isRetriable: true, isFatal: false)
        log.change { $0.inject([.refuse(passing), .tear(after: 1, passing), .double, .delay(milliseconds: 50)]) }
    }

    func end() { clock.cancel() }
}

private struct SimulatedVictim: Victim {
    let log: SimulatedLog
    let address: String
    let instance: ConformanceInstance

    func kill() { log.change { $0.set(.dead, process: address) } }

    func silence() {
        // What it appends from now on is late, so that whoever takes over has appended the same before.
        log.change { cluster in
            cluster.set(.silent, process: address)
            cluster.inject(Array(repeating: .delay(milliseconds: 1_000), count: 20), process: address)
        }
    }

    func wake() { log.change { $0.set(.alive, process: address) } }
}
