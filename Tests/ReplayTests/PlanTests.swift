import ArgumentParser
import Contracts
import Foundation
import Kafka
import Testing

@testable import Replay

@Suite struct PlanTests {
    private func plan() -> Plan {
        let mark = { (offset: Int64) in Mark.Last(offset: offset, digest: RecordDigest(eventRecord(offset: offset))) }
        let cluster = ClusterIdentity(id: "abc", name: "production")
        return Plan(
            id: "r-1", madeAt: Timestamp(milliseconds: 1_000_000), by: "alex", reason: "lost a day",
            source: .init(cluster: cluster, topic: "directchat.messages", partitions: 12),
            target: .init(cluster: cluster, topic: "again", partitions: 12), filter: Filter(),
            parts: [.init(partition: 5, first: mark(10), last: mark(30), records: 21, bytes: 2_100, targetEnd: 7)],
            types: ["message.received": 21], dealerships: ["shop-1": 21], alreadyThere: 3, rate: 10)
    }

    @Test func aSealedPlanIsReadAsItWas() throws {
        var made = plan()
        let data = try made.sealed()
        #expect(try Plan(file: data, path: "p") == made)
        #expect(made.estimatedSeconds == 3)
    }

    @Test func decisionsAboutDeadLettersAreWarnedOf() {
        var made = plan()
        #expect(!made.lines(path: "p").contains { $0.contains("name offsets") })
        made.types["dead-letter.amended"] = 2
        #expect(made.lines(path: "p").contains { $0.hasPrefix("2 of them") && $0.contains("name offsets") })
        made.target.topic = made.source.topic
        #expect(!made.lines(path: "p").contains { $0.contains("name offsets") }, "they are there already")
    }

    @Test(arguments: [
        ("\"records\" : 21", "\"records\" : 22"), ("\"rate\" : 10", "\"rate\" : 1000"), ("\"again\"", "\"other\""),
        ("\"offset\" : 10", "\"offset\" : 9"), ("lost a day", "lost a week"), ("\"version\" : 1", "\"version\" : 2"),
    ])
    func anyChangeIsSeen(_ old: String, _ new: String) throws {
        var made = plan()
        let text = String(decoding: try made.sealed(), as: UTF8.self)
        #expect(text.contains(old))
        #expect(throws: Refusal.self) { try Plan(file: Data(text.replacing(old, with: new).utf8), path: "p") }
    }

    @Test func anHourOldIsTooOld() throws {
        let made = plan()
        try made.checkAge(now: made.madeAt.adding(milliseconds: 3_600_000))
        #expect(throws: Refusal.self) { try made.checkAge(now: made.madeAt.adding(milliseconds: 3_601_000)) }
    }

    @Test func aCopyKeepsAllAndSaysWhereItIsFrom() {
        let made = plan()
        let record = eventRecord(body: #"{"a":1}"#, offset: 12, timestamp: 77)
        let copy = Provenance.outgoing(record, made, at: Timestamp(milliseconds: 0))
        #expect(copy.key == record.key.map { Array($0) } && copy.value == record.value.map { Array($0) })
        #expect(copy.partition == record.partition && copy.timestamp == 77 && copy.topic == "again")
        #expect(Array(copy.headers.prefix(record.headers.count)) == record.headers)
        func landed(_ headers: [Header], topic: String = "again", partition: Int32? = nil) -> Record {
            Record(
                topic: topic, partition: partition ?? record.partition, offset: 99, timestamp: 77, key: copy.key,
                value: copy.value, headers: headers)
        }
        #expect(Provenance.source(of: landed(copy.headers), made) == 12)
        #expect(Provenance.source(of: landed(record.headers), made) == nil)
        #expect(Provenance.redelivery(of: landed(copy.headers)) == "r-1")
        #expect(Provenance.redelivery(of: record) == nil)
        #expect(Provenance.source(of: landed(copy.headers, partition: record.partition + 1), made) == nil)

        var other = made
        other.id = "r-2"
        #expect(Provenance.source(of: landed(copy.headers), other) == nil)
        let again = Provenance.outgoing(landed(copy.headers, topic: "directchat.messages"), other, at: .now)
        #expect(again.headers.count { $0.name == "dc_redelivery_id" } == 1, "the last redelivery's, and no other")
    }

    @Test func aCheckpointCountsEachRecordOnce() {
        var checkpoint = Checkpoint(
            subject: "s", begunAt: .now, places: [.init(partition: 5, next: 10, targetNext: 7)])
        checkpoint.note(5, source: 10, target: 7)
        checkpoint.note(5, source: 14, target: 8)
        checkpoint.note(5, source: 14, target: 9)
        checkpoint.note(6, source: 1, target: 1)
        #expect(checkpoint.places == [.init(partition: 5, next: 15, written: 2, targetNext: 10)])
    }

    @Test func onlyALostTailIsALoss() throws {
        let made = plan()
        let place = Checkpoint.Place(partition: 5, next: 13, written: 3, targetNext: 10)
        func record(_ offset: Int64, source: Int64?) -> Record {
            let of = source.map { eventRecord(offset: $0, partition: 5) }
            let headers = of.map { Provenance.outgoing($0, made, at: .now).headers } ?? []
            return Record(
                topic: "again", partition: 5, offset: offset, timestamp: 1, key: nil, value: nil, headers: headers)
        }
        func isStanding(_ found: Record?, end: Int64 = 20) -> Bool {
            Redelivery.isStanding(place, end: end, found, made)
        }
        #expect(isStanding(record(9, source: 12)))
        #expect(isStanding(record(11, source: nil)), "trimmed or compacted, and others' stand behind it")
        #expect(isStanding(nil, end: 10), "all of it is trimmed")
        #expect(!isStanding(nil, end: 9))
        #expect(!isStanding(record(9, source: nil)), "another one stands there")
        #expect(!isStanding(record(9, source: 11)), "its own of a repeat that the place does not know")
    }

    @Test func theClusterMustBeNamed() throws {
        let cluster = ClusterIdentity(id: "abc", name: "production")
        func check(_ flags: [String], _ topic: String = "t") throws {
            try WriteGuard.parse(flags).check(cluster, topic: topic)
        }
        try check(["--cluster", "abc"])
        try check(["--cluster", "production"])
        #expect(throws: Refusal.self) { try check([]) }
        #expect(throws: Refusal.self) { try check(["--cluster", "staging"]) }
        #expect(throws: Refusal.self) { try check(["--cluster", "abc"], "directchat.deal-created") }
        #expect(throws: Refusal.self) { try check(["--cluster", "abc"], "directchat2.deal-created") }
        try check(["--cluster", "abc", "--i-know-subscribers-will-see-this"], "directchat.deal-created")
        let bare = ClusterIdentity(id: nil, name: nil, servers: "here:9092")
        try WriteGuard.parse(["--cluster", "here:9092"]).check(bare)
        #expect(ClusterIdentity(id: "abc", name: nil, servers: "here:9092").name == nil)
        let nameless = ClusterIdentity(id: "abc", name: nil)
        #expect(throws: Refusal.self) { try WriteGuard.parse(["--cluster", "production"]).check(nameless) }
    }
}
