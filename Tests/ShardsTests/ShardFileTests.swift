import Contracts
import Foundation
import GRDB
import Kafka
import Testing

@testable import LoopMember
@testable import Shards

@Suite struct ShardFileTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func said(_ file: ShardFile<Tally>) async throws -> [String] {
        try await file.pool.read { try String.fetchAll($0, sql: "SELECT id FROM said ORDER BY offset") }
    }

    @Test func stateAndPositionMoveTogether() async throws {
        let file = try scratch.file()
        let outcome = try await file.apply([Wire.said("a", at: 0), Wire.said("b", at: 1)], verifying: [])
        #expect(outcome.folded == 2)
        #expect(try file.positions()[.messages] == .init(next: 2, lastId: Wire.said("b", at: 1).stamp))
        let error = await #expect(throws: DatabaseError.self) {
            try await file.pool.write { try $0.execute(sql: "DROP TABLE said") }
            _ = try await file.apply([Wire.said("c", at: 2)], verifying: [])
        }
        #expect(error != nil)
        #expect(try file.positions()[.messages]?.next == 2)
        #expect(try await file.counts().deadLetters.isEmpty)
    }

    /// After a lost tail, what is appended again can bring a double of the last record to its old offset.
    @Test func aDoubleAtTheLastOffsetIsAnotherRecord() async throws {
        let file = try scratch.file()
        _ = try await file.apply([Wire.said("a", at: 0), Wire.said("b", at: 1)], verifying: [])
        var double = Wire.said("b", at: 1)
        _ = try await file.apply([double], verifying: [.messages])
        double = Kafka.Record(
            topic: double.topic, partition: double.partition, offset: 1, timestamp: double.timestamp + 1,
            key: double.key.map { Array($0) }, value: double.value.map { Array($0) },
            headers: [Header(name: "ce_id", value: Array("b".utf8))])
        let again = double
        await #expect(throws: LogTrouble.self) { try await file.apply([again], verifying: [.messages]) }
    }

    @Test func theSameLogThreeTimesIsTheSameAsOnce() async throws {
        let file = try scratch.file("once")
        let log = (0..<50).map { Wire.said("m\($0 % 30)", at: Int64($0)) }
        _ = try await file.apply(log, verifying: [])
        let once = try await hash(file)
        _ = try await file.apply(log, verifying: [])
        _ = try await file.apply(log, verifying: [])
        #expect(try await hash(file) == once)
        let again = try scratch.file("again")
        for record in log { _ = try await again.apply([record], verifying: []) }
        #expect(try await hash(again) == once)
        _ = try await again.apply([Wire.said("new", at: 50)], verifying: [])
        #expect(try await hash(again) != once)
    }

    private func hash(_ file: ShardFile<Tally>) async throws -> [String: String] {
        try await file.pool.read { try CanonicalHash.of($0, tables: file.logic.canonicalTables) }
    }

    @Test func whatTheDecoderRefusesIsADeadLetterAndTheNextRecordIsFolded() async throws {
        let file = try scratch.file()
        let foreign = (0...).lazy.map { "d\($0)" }.first {
            Partitioner.partition($0, of: Wire.partitions) != Wire.partition
        }
        let outcome = try await file.apply(
            [
                Wire.raw("{}", at: 0),
                Wire.record(
                    Event(
                        id: "x", type: MessageReceived.type, dealership: "demo", service: "ingest", subject: nil,
                        time: Timestamp(milliseconds: 0), data: Array("{".utf8)), .messages, at: 1),
                Wire.said("y", at: 2, dealership: try #require(foreign)),
                Wire.said("good", at: 3),
            ], verifying: [])
        #expect(outcome.deadLetters == ["missing-header", "broken-json", "wrong-partition"])
        #expect(try await said(file) == ["good"])
        #expect(outcome.refusals.map(\.offset) == [0, 1, 2])
        #expect(outcome.refusals.allSatisfy { $0.topic == .messages })
        let letters = try await file.deadLetters(limit: 10)
        #expect(letters.map(\.offset) == [2, 1, 0])
        #expect(letters.map(\.eventId) == ["y", "x", nil])
        #expect(letters.allSatisfy { $0.topic == "directchat.messages" && $0.partition == Wire.partition })
        #expect(try file.positions()[.messages]?.next == 4)
    }

    @Test func pagesOfDeadLettersMeet() async throws {
        let file = try scratch.file()
        _ = try await file.apply(
            (0..<5).map { Wire.raw("{}", at: $0) } + (0..<2).map { Wire.raw("{}", .qualifications, at: $0) },
            verifying: [])
        let all = try await file.deadLetters(limit: 100)
        #expect(all.count == 7)
        for size in 1...3 {
            var pages: [DeadLetter] = []
            var place: DeadLetterPlace?
            repeat {
                let page = try await file.deadLetters(after: place, limit: size)
                pages += page
                place = page.last.flatMap { DeadLetterPlace(DeadLetterPlace($0).description) }
            } while place != nil && pages.count <= all.count
            #expect(pages == all)
        }
        for text in ["", "1", "1.2", "1.2.", "x.2.messages", "1.x.messages"] {
            #expect(DeadLetterPlace(text) == nil)
        }
    }

    @Test func aFoldThatRefusesAfterWritingLeavesNothing() async throws {
        let file = try scratch.file()
        let outcome = try await file.apply(
            [Wire.said("a", at: 0), Wire.said("b", "refuse late", at: 1), Wire.said("c", at: 2)], verifying: [])
        #expect(outcome.deadLetters == ["too-late"])
        #expect(outcome.folded == 2)
        #expect(try await said(file) == ["a", "c"])
    }

    @Test func anUnknownTypeIsSkippedAndCounted() async throws {
        let file = try scratch.file()
        let event = Event(
            id: "e", type: "message.reacted", dealership: "demo", service: "ingest", subject: nil,
            time: Timestamp(milliseconds: 0), data: Array("{}".utf8))
        let outcome = try await file.apply(
            [Wire.record(event, .messages, at: 0), Wire.said("a", at: 1)], verifying: [])
        #expect(outcome.skipped == 1)
        #expect(try await file.counts() == ([:], 1))
        #expect(try await said(file) == ["a"])
    }

    @Test func aLogThatLostItsTailAndGrewOverItIsNoticed() async throws {
        let file = try scratch.file()
        _ = try await file.apply([Wire.said("a", at: 0), Wire.said("b", at: 1)], verifying: [])
        let same = try await file.apply([Wire.said("b", at: 1), Wire.said("c", at: 2)], verifying: [.messages])
        #expect(same.verified == [.messages])
        #expect(same.folded == 1)
        await #expect(throws: LogTrouble.self) {
            try await file.apply([Wire.said("other", at: 2), Wire.said("d", at: 3)], verifying: [.messages])
        }
        await #expect(throws: LogTrouble.self) {
            try await file.apply([Wire.said("d", at: 3)], verifying: [.messages])
        }
        #expect(try await said(file) == ["a", "b", "c"])
        #expect(try file.positions()[.messages]?.next == 3)
    }

    @Test func aDeadLetterIsRecognisedAgainToo() async throws {
        let file = try scratch.file()
        _ = try await file.apply([Wire.raw("junk", at: 0)], verifying: [])
        let again = try await file.apply([Wire.raw("junk", at: 0)], verifying: [.messages])
        #expect(again.verified == [.messages])
        await #expect(throws: LogTrouble.self) {
            try await file.apply([Wire.raw("other junk", at: 0)], verifying: [.messages])
        }
    }

    @Test func aPassingTopicHasNoPositionAndIsForgotten() async throws {
        let file = try scratch.file()
        let event = Event(
            PresenceChanged(conversationId: "c", state: .online, until: nil, page: nil), id: "p", dealership: "demo",
            service: "presence", time: Timestamp(milliseconds: 5), key: "demo/c")
        _ = try await file.apply([Wire.record(event, .presence, at: 7)], verifying: [])
        #expect(try file.positions()[.presence] == nil)
        let seen = { try await file.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM seen") } }
        #expect(try await seen() == 1)
        try file.forget(.presence)
        #expect(try await seen() == 0)
    }
}
