import Contracts
import Foundation
import Kafka
import Simulation

extension KafkaError {
    static let injected = KafkaError(
        code: -195, name: "_TRANSPORT", reason: "injected", operation: "send", isRetriable: true, isFatal: false)
}

/// Lets a scenario's faults happen.
struct Misfortune: Sendable {
    let fleet: Fleet
    let book: Book

    private var log: SimulatedLog { fleet.log }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for fault in fleet.scenario.faults {
                group.addTask {
                    if fault.at > 0 { try await fleet.time.sleep(for: .milliseconds(fault.at)) }
                    for _ in 0..<fault.jobs { await Task.yield() }
                    try await happen(fault.kind)
                }
            }
            try await group.waitForAll()
        }
    }

    private func happen(_ kind: Fault.Kind) async throws {
        switch kind {
        case .crash(let service, let index, let step, let isAnswered):
            fleet.instance(.init(service: service, index: index))?.process.crash(after: step, isAnswered: isAnswered)
        case .powerLoss(let service, let index, let milliseconds):
            try await losePower(.init(service: service, index: index), milliseconds)
        case .lostFiles(let service, let index):
            try loseFiles(.init(service: service, index: index))
        case .restart(let service, let index):
            fleet.trace.note("\(service.rawValue)-\(index) is told to stop")
            try await fleet.instance(.init(service: service, index: index))?.stop(fleet.time)
        case .zombie(let service, let index, let milliseconds, let late):
            guard let process = fleet.instance(.init(service: service, index: index))?.process else { return }
            fleet.trace.note("\(process.name) is silent")
            log.change { cluster in
                cluster.set(.silent, process: process.name)
                guard late > 0 else { return }
                cluster.inject(
                    Array(repeating: .delay(milliseconds: Int64(late)), count: 10), process: process.name)
            }
            try await fleet.time.sleep(for: .milliseconds(milliseconds))
            guard !process.isDead else { return }
            fleet.trace.note("\(process.name) is heard again")
            log.change { $0.set(.alive, process: process.name) }
        case .outage(let milliseconds):
            disconnect()
            try await fleet.time.sleep(for: .milliseconds(milliseconds))
            reconnect()
        case .loseTail(let milliseconds, let lost):
            disconnect()
            try await fleet.time.sleep(for: .milliseconds(milliseconds))
            // Another outage may have ended meanwhile: what is lost is lost with the connection.
            disconnect()
            loseTail(lost)
            try await fleet.time.sleep(for: .milliseconds(100))
            reconnect()
        case .append(let faults):
            fleet.trace.note("the next \(faults.count) batches go wrong")
            log.change { $0.inject(faults) }
        case .disk(let service, let index, let call, let fault):
            fleet.trace.note("\(service.rawValue)-\(index)'s disk will fail")
            fleet.instance(.init(service: service, index: index))?.process.fail(diskCall: call, fault)
        }
    }

    private func disconnect() {
        fleet.trace.note("the broker is away")
        log.change { $0.set(isUp: false) }
        for instance in fleet.all { instance.loseConnection() }
    }

    private func reconnect() {
        fleet.trace.note("the broker is back")
        log.change { $0.set(isUp: true) }
    }

    private func loseTail(_ lost: [Topic: Int]) {
        for topic in Topic.allCases {
            guard let count = lost[topic] else { continue }
            for partition in 0..<fleet.scenario.partitions {
                let place = TopicPartition(fleet.names.name(topic), Int32(partition))
                let gone = log.change { cluster in
                    let gone = cluster.records(place).suffix(count)
                    if let first = gone.first { cluster.truncate(place, from: first.offset) }
                    return gone.map { String(decoding: $0.header("ce_id") ?? [], as: UTF8.self) }
                }
                guard !gone.isEmpty else { continue }
                // Claims have ids of no meaning, different in each run.
                fleet.trace.note("lost from \(place): \(topic == .owners ? ["\(gone.count)"] : gone)")
                book.lose(gone)
            }
        }
    }

    private func loseFiles(_ slot: Fleet.Slot) throws {
        guard let process = fleet.instance(slot)?.process else { return }
        fleet.trace.note("\(process.name) loses all its files")
        process.kill()
        try removeFiles(of: slot)
    }

    private func removeFiles(of slot: Fleet.Slot) throws {
        let (files, data) = (FileManager.default, fleet.data(slot))
        for name in try files.contentsOfDirectory(atPath: data.path) where !name.contains("spool") {
            try files.removeItem(at: data.appending(path: name))
        }
    }

    /// The files go back to what they were, except the spool, which is synchronised with every commit.
    private func losePower(_ slot: Fleet.Slot, _ milliseconds: Int) async throws {
        let files = FileManager.default
        let (data, saved) = (fleet.data(slot), fleet.folder.appending(path: "saved"))
        func isFolded(_ name: String) -> Bool { !name.contains("spool") && !name.hasSuffix("-shm") }
        guard let process = fleet.instance(slot)?.process else { return }
        try? files.removeItem(at: saved)
        try files.createDirectory(at: saved, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: data.path) where isFolded(name) {
            try files.copyItem(at: data.appending(path: name), to: saved.appending(path: name))
        }
        try await fleet.time.sleep(for: .milliseconds(milliseconds))
        guard !process.isDead, fleet.instance(slot)?.process === process else { return }
        fleet.trace.note("\(process.name) loses power, and \(milliseconds) ms of its files")
        process.kill()
        try removeFiles(of: slot)
        for name in try files.contentsOfDirectory(atPath: saved.path) {
            try files.moveItem(at: saved.appending(path: name), to: data.appending(path: name))
        }
    }
}
