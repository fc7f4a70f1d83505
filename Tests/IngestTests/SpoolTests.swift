import Contracts
import Foundation
import GRDB
import Testing

@testable import Ingest

@Suite struct SpoolTests {
    let folder: TemporaryFolder
    let spool: Spool

    init() throws {
        folder = try TemporaryFolder()
        spool = try Spool(path: folder.spool)
    }

    private func pending(_ partition: Int32 = 0, after: Int64 = 0) async throws -> [SpoolRow] {
        try await spool.pending(partition: partition, after: after, through: .max, limit: 100)
    }

    @Test func rowsKeepTheOrderOfArrivalAndTheirBytes() async throws {
        let first = (0..<5).map { entry("m\($0)", at: 5_000 - Int64($0)) }
        _ = try await spool.commit(SpoolChange(entries: first))
        _ = try await spool.commit(SpoolChange(entries: [entry("m5"), entry("other", partition: 3)]))
        let rows = try await pending()
        #expect(rows.map(\.event) == first.map(\.event) + [entry("m5").event])
        #expect(rows.map(\.row) == rows.map(\.row).sorted())
        #expect(try await pending(3).map(\.event.id) == ["web-1.c.other"])
    }

    /// What is appended again, after a start or a lost tail, names the request that it came with.
    @Test func aRowKeepsWhatItCameOf() async throws {
        var (first, repeated) = (entry("a"), entry("a"))
        first.event.correlation = Correlation(id: "call-1", trace: .random())
        repeated.event.correlation = Correlation(id: "call-2", trace: .random())
        _ = try await spool.commit(SpoolChange(entries: [first, repeated]))
        #expect(try await pending().map(\.event) == [first.event])
        let (rows, oldest) = try await spool.age()
        #expect(rows == 1 && oldest == first.event.time)
        _ = try await spool.commit(SpoolChange(acknowledged: [(1, Timestamp(milliseconds: 1))]))
        #expect(try await spool.age().oldest == nil)
    }

    @Test func aRepeatIsTheSameRowAndAnotherTextIsAConflict() async throws {
        let outcome = try await spool.commit(
            SpoolChange(entries: [
                entry("a"), entry("a", at: 9_000), entry("a", "other"), entry("a", conversation: "web-2"),
            ]))
        #expect(outcome.admissions.prefix(3) == [.new(1), .same(1, acknowledged: false), .conflict])
        let again = try await spool.commit(
            SpoolChange(entries: [entry("a")], acknowledged: [(1, Timestamp(milliseconds: 1))]))
        #expect(again.admissions == [.same(1, acknowledged: true)])
        #expect(try await spool.facts().rows == 2)
    }

    @Test func acknowledgedRowsLeaveThePendingOnesAndLaterTheFile() async throws {
        _ = try await spool.commit(SpoolChange(entries: [entry("a"), entry("b"), entry("c")]))
        _ = try await spool.commit(
            SpoolChange(acknowledged: [(1, Timestamp(milliseconds: 100)), (2, Timestamp(milliseconds: 200))]))
        #expect(try await pending().map(\.row) == [3])
        _ = try await spool.commit(SpoolChange(expireBefore: Timestamp(milliseconds: 200)))
        #expect(try await spool.facts().rows == 2)
        _ = try await spool.commit(SpoolChange(expireBefore: Timestamp(milliseconds: 10_000)))
        #expect(try await spool.facts().rows == 1)
        #expect(try await pending().map(\.row) == [3])
    }

    @Test func rowsInDoubtBecomePendingAgain() async throws {
        _ = try await spool.commit(SpoolChange(entries: [entry("a"), entry("b"), entry("c")]))
        _ = try await spool.commit(
            SpoolChange(acknowledged: [(1, Timestamp(milliseconds: 100)), (2, Timestamp(milliseconds: 200))]))
        let outcome = try await spool.commit(SpoolChange(reclaimAfter: Timestamp(milliseconds: 200)))
        #expect(outcome.pending == 2)
        #expect(try await pending().map(\.row) == [2, 3])
    }

    @Test func aFileOpenedAgainHasWhatWasCommitted() async throws {
        _ = try await spool.commit(SpoolChange(entries: [entry("a"), entry("b", partition: 2)]))
        _ = try await spool.commit(SpoolChange(acknowledged: [(1, Timestamp(milliseconds: 77))]))
        // As after a crash: the first one is not closed.
        let again = try Spool(path: folder.spool)
        let left = try await again.leftOver()
        #expect(left.newest == [0: 1, 2: 2])
        #expect(left.pending == 1)
        #expect(left.lastAcknowledgement == Timestamp(milliseconds: 77))
        #expect(try await again.facts().synchronous == 2)
    }

    @Test func aRowsNumberIsNeverUsedTwice() async throws {
        _ = try await spool.commit(SpoolChange(entries: [entry("a")]))
        _ = try await spool.commit(SpoolChange(acknowledged: [(1, Timestamp(milliseconds: 1))]))
        _ = try await spool.commit(SpoolChange(expireBefore: Timestamp(milliseconds: 2)))
        #expect(try await spool.commit(SpoolChange(entries: [entry("b")])).admissions == [.new(2)])
    }

    @Test func aFullDiskFailsTheWholeGroupAndLeavesWhatWasThere() async throws {
        _ = try await spool.commit(SpoolChange(entries: [entry("a")]))
        try await spool.limit(pages: 1)
        let large = (0..<50).map { entry("large\($0)", String(repeating: "x", count: 3_000)) }
        await #expect(throws: DatabaseError.self) { try await spool.commit(SpoolChange(entries: large)) }
        #expect(try await pending().map(\.event.id) == ["web-1.c.a"])
        try await spool.limit(pages: 100_000)
        #expect(try await spool.commit(SpoolChange(entries: large)).admissions.count == 50)
    }

    @Test func aFileOfALaterReleaseIsRefused() async throws {
        try spool.close()
        let database = try DatabaseQueue(path: folder.spool)
        try await database.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v99')") }
        try database.close()
        #expect(throws: SpoolTooNew.self) { try Spool(path: folder.spool) }
    }
}
