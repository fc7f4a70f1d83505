import ArgumentParser
import Contracts
import Foundation
import Kafka
import Logging
import ServiceKit
import Shards

/// Appends what was decided about one dead letter, unless the log has it already.
struct DeadLetterRun: Sendable {
    let options: DeadLetterOptions
    let scan: LogScan
    let partitions: Int32
    private let topic: String

    struct Outcome: Encodable, Sendable {
        struct Place: Encodable, Sendable {
            var topic: String
            var partition: Int32
            var offset: Int64
            /// By this run; else it was there.
            var appended: Bool
        }

        var id: String
        var letter: DeadLetterReference
        var records: [Place]

        var lines: [String] {
            records.map {
                "\(id): \($0.appended ? "appended" : "was there already"), \($0.topic)/\($0.partition) offset \($0.offset)"
            }
        }
    }

    /// A command, from its flags to its exit code.
    static func command(
        _ options: DeadLetterOptions, _ body: (DeadLetterRun) async throws -> Outcome
    ) async throws {
        let kafka: KafkaConfiguration
        do {
            kafka = try ClusterSettings(clientId: "replay", options: .parse([])).kafka
        } catch let error as ConfigurationError {
            throw ValidationError("\(error)")
        }
        let logger = ToolLog.start("replay")
        let verdict: Verdict
        do {
            let admin = try KafkaAdmin(configuration: kafka, logger: logger)
            let scan = LogScan(configuration: kafka, admin: admin, logger: logger)
            let outcome = try await body(try await DeadLetterRun(options, scan))
            await admin.close()
            Output.result(try options.json ? Output.json(outcome) : outcome.lines.joined(separator: "\n"))
            verdict = .done
        } catch let refusal as Refusal {
            Output.say("refused: \(refusal)")
            verdict = .refused
        } catch {
            Output.say("failed: \(error)\nThe same command again appends under the same id.")
            verdict = .failed
        }
        try verdict.check()
    }

    private init(_ options: DeadLetterOptions, _ scan: LogScan) async throws {
        (self.options, self.scan) = (options, scan)
        topic = options.names.prefix + options.topic
        try ClusterName.confirm(options.cluster, is: try await scan.admin.clusterId(), scan.configuration)
        guard let partitions = try await scan.admin.partitionCount(topic) else {
            throw Refusal("there is no topic \(topic): is --topic-prefix that of the services?")
        }
        guard options.partition < partitions else {
            throw Refusal("\(topic) has \(partitions) partitions, there is no \(options.partition)")
        }
        self.partitions = partitions
    }

    /// - Parameter decide: from the record that is the letter.
    func append(
        again: Bool, _ decide: (Record) throws -> DeadLetterSettlement.Decision
    ) async throws -> Outcome {
        let settlement = DeadLetterSettlement(try decide(try await letter()), at: ShardSettings.systemClock())
        var outcome = Outcome(id: settlement.id, letter: settlement.letter, records: [])
        let producer = try KafkaProducer(configuration: scan.configuration, kind: .kept, logger: scan.logger)
        // Where its event is folded first: the letter's own partition says that it is settled.
        let own = settlement.event.map { Partitioner.partition($0.dealership, of: partitions) } ?? options.partition
        for partition in own == options.partition ? [own] : [own, options.partition] {
            let earlier = try await settlements(on: partition)
            let plan = try DeadLetterPlan(settlement, after: earlier, again: again)
            switch plan {
            case .isThere(let offset):
                outcome.records.append(
                    .init(topic: topic, partition: partition, offset: offset, appended: false))
            case .append:
                Failpoint.reach("before-amend")
                let offsets = try await producer.send([record(settlement, partition)])
                Failpoint.reach("amended")
                outcome.records.append(
                    .init(topic: topic, partition: partition, offset: offsets.first ?? -1, appended: true))
            }
        }
        _ = await producer.close(timeout: .seconds(1))
        return outcome
    }

    private func record(_ settlement: DeadLetterSettlement, _ partition: Int32) -> OutgoingRecord {
        // The letter's key would say that it is a dealership's event.
        OutgoingRecord(
            topic: topic, partition: partition, key: Array("dead-letter".utf8), value: settlement.value,
            headers: settlement.headers.map { Header(name: $0.name, value: $0.value) },
            timestamp: settlement.time.milliseconds)
    }

    private func letter() async throws -> Record {
        var found: Record?
        let range = try await scan.ranges(topic, partitions: partitions)[Int(options.partition)]
        guard range.contains(options.offset) else {
            throw Refusal(
                "\(topic)/\(options.partition) has no offset \(options.offset): it has "
                    + "\(range.lowerBound) to \(range.upperBound - 1)")
        }
        try await scan.read(topic, [options.partition: options.offset..<options.offset + 1]) {
            found = $0.first
            return false
        }
        guard let found else { throw Refusal("there is no record at \(topic)/\(options.partition) \(options.offset)") }
        guard (try? DeadLetterSettlement(value: found.value, header: found.header)) == nil else {
            throw Refusal("the record at \(options.offset) is itself a decision about a dead letter")
        }
        return found
    }

    /// What the log says of this letter, on one partition.
    private func settlements(on partition: Int32) async throws -> [(settlement: DeadLetterSettlement, offset: Int64)] {
        let range = try await scan.ranges(topic, partitions: partitions)[Int(partition)]
        // It comes after the letter; on another partition nobody knows where.
        let first = partition == options.partition ? options.offset + 1 : range.lowerBound
        guard first < range.upperBound else { return [] }
        var found: [(settlement: DeadLetterSettlement, offset: Int64)] = []
        let place = options.place
        try await scan.read(topic, [partition: first..<range.upperBound]) { records in
            for record in records {
                guard let one = try? DeadLetterSettlement(value: record.value, header: record.header),
                    one.letter.topic == place.topic, one.letter.partition == place.partition,
                    one.letter.offset == place.offset
                else { continue }
                found.append((one, record.offset))
            }
            return true
        }
        return found
    }
}
