import Contracts
import Foundation
import Kafka
import Shards
import Simulation

@testable import Ingest

/// What happens in a run: people and faults, then calm, then the questions.
struct Play: Sendable {
    let fleet: Fleet
    let book: Book
    let violations: Violations

    private var scenario: Scenario { fleet.scenario }
    private var time: SimulatedTime { fleet.time }

    func run() async throws {
        var random = scenario.random
        fleet.log.change { cluster in
            for topic in Topic.allCases { cluster.create(fleet.names.name(topic), partitions: scenario.partitions) }
            cluster.set(scenario.delivery)
        }
        for slot in fleet.slots { try fleet.start(slot) }
        let supervision = Task { try await fleet.supervise() }
        let operation = Task { [random] in try await operate(random) }
        let people = people(&random)
        let misfortune = Misfortune(fleet: fleet, book: book)
        let faults = Task { try await misfortune.run() }
        let visits = people.map { customer, _ in
            Task { if scenario.cast.hasVisits { try await customer.visit() } }
        }
        let reader = scenario.hasReader ? people.first.map { streamReader(of: $0.0.dealership, &random) } : nil
        let reading = reader.map { reader in Task { try await reader.read() } }
        let work =
            scenario.cast == .dots
            ? []
            : people.flatMap { customer, staff in
                [Task { try await customer.write() }, Task { try await staff.work() }]
            }
        try await faults.value
        heal()
        let lastFault = time.now
        let worked = Task { for task in work { try await task.value } }
        do { try await within(.seconds(120), time) { try? await worked.value } } catch is TimedOut {
            violations.note("people are not answered two minutes after the last fault", await lateness())
        }
        if work.isEmpty { try await time.sleep(for: .seconds(5)) }
        book.note(
            steps: Dictionary(
                fleet.all.filter { $0.index == 0 }.map { ($0.service, $0.process.steps) }, uniquingKeysWith: { $1 }))
        for task in work { task.cancel() }
        var agreed = try await holds(time, within: 120_000) { try await isCalm() }
        if agreed, scenario.cast.hasVisits {
            try await time.sleep(for: .seconds(90))
            agreed = try await holds(time, within: 60_000) { try await isCalm() }
        }
        guard agreed else {
            return violations.note("not everybody has caught up two minutes after the last fault", await lateness())
        }
        for task in visits { task.cancel() }
        reading?.cancel()
        try await reader?.readToEnd()
        let log = Log(fleet.log, fleet.names, partitions: scenario.partitions)
        try await Invariants(
            fleet: fleet, book: book, log: log, violations: violations, lastFault: lastFault,
            visits: people.map { .init(dealership: $0.0.dealership, conversation: $0.0.conversation) }, reader: reader
        ).check()
        supervision.cancel()
        operation.cancel()
    }

    private func people(_ random: inout SeededRandom) -> [(Customer, StaffMember)] {
        let services = scenario.cast.services
        return (0..<scenario.conversations).map { number in
            let dealership = "dealer\(random.int(0...3))"
            let conversation = "c\(number)"
            let customer = Customer(
                dealership: dealership, conversation: conversation, messages: random.int(1...4),
                leaves: random.chance(50) ? random.int(1_000...20_000) : nil, fleet: fleet, book: book,
                random: random.fork())
            let staff = StaffMember(
                dealership: dealership, conversation: conversation,
                replies: services.contains(.conversations) ? random.int(0...3) : 0,
                clicks: services.contains(.qualification) ? random.int(0...2) : 0, fleet: fleet, book: book,
                random: random.fork())
            return (customer, staff)
        }
    }

    private func streamReader(of dealership: String, _ random: inout SeededRandom) -> StreamReader {
        StreamReader(dealership: dealership, fleet: fleet, random: random.fork())
    }

    /// The end of all faults.
    private func heal() {
        fleet.trace.note("no more faults")
        fleet.log.change { cluster in
            cluster.forgetFaults()
            cluster.set(isUp: true)
            for instance in fleet.all { cluster.set(.alive, process: instance.process.name) }
        }
        for instance in fleet.all { instance.process.heal() }
    }

    /// The on-call engineer: a halted shard is resumed, some time later.
    private func operate(_ random: SeededRandom) async throws {
        var random = random
        while true {
            try await time.sleep(for: .milliseconds(random.int(300...1_500)))
            for instance in fleet.all {
                for partition in 0..<Int32(scenario.partitions) where isHalted(instance, partition) {
                    fleet.trace.note("\(instance.process.name) shard \(partition) is resumed")
                    book.noteHalt()
                    _ = try? await within(.seconds(5), time) { try await instance.host.resume(partition) }
                }
            }
        }
    }

    private func isHalted(_ instance: Instance, _ partition: Int32) -> Bool {
        do {
            _ = try instance.host.shard(partition)
            return false
        } catch {
            if case .halted = error.reason { return true } else { return false }
        }
    }

    // MARK: Calm

    /// Every shard has one owner, which has folded all that there is, and nobody owes anything.
    private func isCalm() async throws -> Bool {
        guard try await lacking().isEmpty else { return false }
        let before = fleet.log.look { $0.ends }
        try await time.sleep(for: .milliseconds(2_500))
        return try await lacking().isEmpty && (scenario.cast.hasVisits || fleet.log.look { $0.ends } == before)
    }

    private func lateness() async -> [String] { (try? await lacking()) ?? [] }

    private func lacking() async throws -> [String] {
        var lacking: [String] = []
        let ends = fleet.log.look { $0.ends }
        if !fleet.log.look({ $0.isEverythingDelivered }) { lacking.append("batches are on their way") }
        for slot in fleet.slots {
            guard let instance = fleet.instance(slot) else {
                lacking.append("\(slot) does not run")
                continue
            }
            lacking += instance.host.unready.map { "\(instance.process.name): \($0)" }
            guard slot.service == .ingest else { continue }
            guard let pump = instance.pump else {
                lacking.append("\(instance.process.name) takes no messages")
                continue
            }
            let status = try? await within(.seconds(1), time) { await pump.current() }
            if status?.pending != 0 {
                lacking.append("\(instance.process.name): \(status?.pending ?? -1) in the spool")
            }
        }
        for service in scenario.cast.services {
            for partition in 0..<Int32(scenario.partitions) {
                let owners = fleet.instances(of: service).compactMap { try? $0.host.shard(partition) }
                guard owners.count == 1 else {
                    lacking.append("\(service) shard \(partition) has \(owners.count) owners")
                    continue
                }
                for topic in service.folded {
                    let end = ends[TopicPartition(fleet.names.name(topic), partition)] ?? 0
                    let next = owners[0].positions[topic] ?? 0
                    if next != end { lacking.append("\(service) shard \(partition): \(topic) \(next) of \(end)") }
                }
            }
        }
        return lacking
    }
}
