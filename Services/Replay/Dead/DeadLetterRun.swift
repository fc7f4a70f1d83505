import ArgumentParser
import Contracts
import Kafka
import ServiceKit
import Shards

/// Appends what was decided about one dead letter, unless the log has it already.
struct DeadLetterRun: Sendable {
    let purpose: Purpose
    let partitions: Int32
    private let place: RecordPlace
    private let session: Session
    private let kind: Topic
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
                "\(id): \($0.appended ? "appended" : "was there already"), \($0.topic)/\($0.partition)/\($0.offset)"
            }
        }
    }

    /// A command, from its flags to its exit code.
    static func command(
        _ command: some AsyncParsableCommand, _ decision: DecisionOptions,
        _ body: (DeadLetterRun) async throws -> Outcome
    ) async throws {
        try await command.perform(
            decision.options, afterFailure: "The same command again appends under the same id."
        ) { session in
            let outcome = try await body(try await DeadLetterRun(decision, session))
            Output.result(try session.isJSON ? Output.json(outcome) : outcome.lines.joined(separator: "\n"))
            return .done
        }
    }

    private init(_ decision: DecisionOptions, _ session: Session) async throws {
        (place, purpose, self.session) = (decision.place, decision.purpose, session)
        topic = session.topic(place.topic)
        kind = try Self.kept(topic, session.names)
        try decision.guardRails.check(try await session.cluster(), topic: topic)
        partitions = try await session.partitionCount(topic)
        guard place.partition < partitions else {
            throw Refusal("\(topic) has \(partitions) partitions, and so none of number \(place.partition)")
        }
    }

    static func kept(_ topic: String, _ names: TopicNames) throws(Refusal) -> Topic {
        guard let kind = names.topic(named: topic) else {
            throw Refusal("\(topic) is no topic of DirectChat: is --topic-prefix that of the services?")
        }
        guard kind.retention == .kept else {
            throw Refusal("records of \(topic) are not kept: their dead letters end by themselves")
        }
        return kind
    }

    func reference(to letter: Record) -> DeadLetterReference {
        DeadLetterReference(
            topic: kind, partition: place.partition, offset: place.offset, eventId: DeadAmendment.id(of: letter))
    }

    /// - Parameter decide: from the record that is the letter.
    func append(
        again: Bool, _ decide: (Record) throws -> DeadLetterSettlement.Decision
    ) async throws -> Outcome {
        let (letter, _) = try await session.record(place)
        let settlement = DeadLetterSettlement(try decide(letter), at: ShardSettings.systemClock())
        var outcome = Outcome(id: settlement.id, letter: settlement.letter, records: [])
        // Where its event is folded first: the letter's own partition says that it is settled.
        let own = settlement.event.map { Partitioner.partition($0.dealership, of: partitions) } ?? place.partition
        var plans: [(partition: Int32, plan: DeadLetterPlan)] = []
        // Refused before anything is appended: half of a decision would count.
        for partition in own == place.partition ? [own] : [own, place.partition] {
            let earlier = try await settlements(on: partition)
            plans.append((partition, try DeadLetterPlan(settlement, after: earlier, again: again)))
        }
        let producer = try KafkaProducer(configuration: session.kafka, kind: .kept, logger: session.logger)
        for (partition, plan) in plans {
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

    /// What the log says of this letter, on one partition.
    private func settlements(on partition: Int32) async throws -> [(settlement: DeadLetterSettlement, offset: Int64)] {
        let range = try await session.scan.ranges(topic, partitions: partitions)[Int(partition)]
        // It comes after the letter; on another partition nobody knows where.
        let first = partition == place.partition ? place.offset + 1 : range.lowerBound
        guard first < range.upperBound else { return [] }
        var found: [(settlement: DeadLetterSettlement, offset: Int64)] = []
        try await session.scan.read(topic, [partition: first..<range.upperBound]) { records in
            for record in records {
                guard let one = try? DeadLetterSettlement(value: record.value, header: record.header),
                    one.letter.topic == kind.rawValue, one.letter.partition == place.partition,
                    one.letter.offset == place.offset
                else { continue }
                found.append((one, record.offset))
            }
            return true
        }
        return found
    }
}
