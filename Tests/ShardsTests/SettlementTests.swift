import Contracts
import Foundation
import GRDB
import Kafka
import Testing

@testable import LoopMember
@testable import Shards

/// Decisions about dead letters are folded by the loop, for every service.
@Suite struct SettlementTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func said(_ file: ShardFile<Tally>) async throws -> [String] {
        try await file.pool.read { try String.fetchAll($0, sql: "SELECT id FROM said ORDER BY offset") }
    }

    private func amended(
        _ letter: Int64, _ text: String = "corrected", dealership: String = "demo", partition: Int32 = Wire.partition
    ) -> DeadLetterSettlement {
        let event = Event(
            MessageReceived(conversationId: "c", clientMessageId: "m", channel: .web, text: text), id: "",
            dealership: dealership, service: "ingest", time: Timestamp(milliseconds: 1_000))
        return DeadLetterSettlement(
            .amended(
                DeadLetterAmended(
                    letter: .init(topic: .messages, partition: partition, offset: letter, eventId: "x"), by: "Alex",
                    reason: "a test", event: AmendedEvent(event))), at: Timestamp(milliseconds: 5_000))
    }

    private func discarded(_ letter: Int64) -> DeadLetterSettlement {
        DeadLetterSettlement(
            .discarded(
                DeadLetterDiscarded(
                    letter: .init(topic: .messages, partition: Wire.partition, offset: letter, eventId: nil),
                    by: "Alex", reason: "garbage")), at: Timestamp(milliseconds: 6_000))
    }

    private func record(_ settlement: DeadLetterSettlement, at offset: Int64) -> Kafka.Record {
        Kafka.Record(
            topic: Wire.names.name(.messages), partition: Wire.partition, offset: offset,
            timestamp: settlement.time.milliseconds, key: Array("dead-letter".utf8), value: settlement.value,
            headers: settlement.headers.map { Header(name: $0.name, value: $0.value) })
    }

    @Test func aCorrectedCopyIsFoldedAsTheEventItIsOnce() async throws {
        let file = try scratch.file()
        let copy = amended(1)
        let log = [
            Wire.said("a", at: 0), Wire.raw("{}", at: 1), Wire.said("b", at: 2), record(copy, at: 3),
            record(copy, at: 4), record(amended(1, "another"), at: 5), record(discarded(1), at: 6),
        ]
        let outcome = try await file.apply(log, verifying: [])
        #expect(outcome.refusals.map(\.offset) == [1])
        #expect(try await said(file) == ["a", "b", copy.id])
        let letters = try await file.deadLetters(limit: 10)
        #expect(letters.count == 1)
        #expect(
            letters[0].settled
                == .init(
                    decision: "amended", by: "Alex", reason: "a test", at: Timestamp(milliseconds: 5_000),
                    eventId: copy.id))
        #expect(try await file.counts().deadLetters.isEmpty)
        // One by one, as records come live.
        let other = try scratch.file("other")
        for record in log { _ = try await other.apply([record], verifying: []) }
        #expect(try await said(other) == ["a", "b", copy.id])
        #expect(try await other.deadLetters(limit: 10) == letters)
        #expect(try await other.counts().deadLetters.isEmpty)
        // How late a correction comes says nothing of how fast a stream is.
        let traced = try await scratch.file("traced").apply(log, verifying: [], tracing: true).traced
        #expect(traced.map(\.offset) == [0, 2])
    }

    @Test func aLetterThatIsNoneHereIsLeftAlone() async throws {
        let file = try scratch.file()
        _ = try await file.apply([Wire.said("a", at: 0), record(amended(0), at: 1)], verifying: [])
        #expect(try await said(file) == ["a"], "it was folded before, so its copy is not")
        #expect(try await file.deadLetters(limit: 10).isEmpty)
    }

    @Test func aDiscardedLetterIsSettled() async throws {
        let file = try scratch.file()
        let outcome = try await file.apply(
            [Wire.raw("{}", at: 0), record(discarded(0), at: 1), record(amended(0), at: 2)], verifying: [])
        #expect(outcome.refusals.map(\.offset) == [0])
        #expect(try await said(file) == [], "the first decision counts")
        #expect(try await file.deadLetters(limit: 10).map(\.settled?.decision) == ["discarded"])
    }

    /// The fold refuses it, after it has written.
    @Test func aCopyThatIsRefusedIsADeadLetterAndTheNextOneCounts() async throws {
        let file = try scratch.file()
        let good = amended(0, "good")
        let outcome = try await file.apply(
            [Wire.raw("{}", at: 0), record(amended(0, "refuse late"), at: 1), record(good, at: 2)], verifying: [])
        #expect(outcome.refusals.map(\.offset) == [0, 1])
        #expect(try await said(file) == [good.id])
        #expect(try await file.deadLetters(limit: 10).map(\.settled?.decision) == [nil, "amended"])
        #expect(try await file.counts().deadLetters.values.reduce(0, +) == 1)
    }

    @Test func aLetterOnAWrongPartitionIsSettledThereAndItsCopyFoldedWhereItBelongs() async throws {
        let file = try scratch.file()
        let elsewhere = (Wire.partition + 1) % Wire.partitions
        let copy = amended(77, partition: elsewhere)
        _ = try await file.apply([record(copy, at: 0), record(copy, at: 1)], verifying: [])
        #expect(try await said(file) == [copy.id])

        let foreign = try #require(
            (0...).lazy.map { "d\($0)" }.first { Partitioner.partition($0, of: Wire.partitions) != Wire.partition })
        let other = try scratch.file("other")
        let moved = amended(0, dealership: foreign)
        _ = try await other.apply(
            [Wire.said("y", at: 0, dealership: foreign), record(moved, at: 1)], verifying: [])
        #expect(try await said(other) == [])
        #expect(try await other.deadLetters(limit: 10).map(\.settled?.decision) == ["amended"])
    }

    @Test func whatBelongsToNeitherPartitionIsADeadLetter() async throws {
        let file = try scratch.file()
        let foreign = try #require(
            (0...).lazy.map { "d\($0)" }.first { Partitioner.partition($0, of: Wire.partitions) != Wire.partition })
        let lost = amended(3, dealership: foreign, partition: (Wire.partition + 1) % Wire.partitions)
        let early = amended(9)
        let outcome = try await file.apply([record(lost, at: 0), record(early, at: 1)], verifying: [])
        #expect(outcome.deadLetters == ["wrong-partition", "invalid-field"])
    }
}
