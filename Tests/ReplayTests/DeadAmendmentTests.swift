import ArgumentParser
import Contracts
import Kafka
import Testing

@testable import Replay

/// What a corrected copy is made of, and when it is not made.
@Suite struct DeadAmendmentTests {
    private static let good = #"{"channel":"web","clientMessageId":"m1","conversationId":"c1","text":"hello"}"#

    private func record(
        _ value: String?, key: String? = "shop-1", headers: [String: String] = [:], partition: Int32 = 0
    ) -> Record {
        var all = [
            "ce_specversion": "1.0", "ce_id": "c1.c.m1", "ce_source": "/dealerships/shop-1/ingest",
            "ce_type": "directchat.message.received.v1", "ce_time": "2026-11-26T10:00:00.000Z",
            "content-type": "application/json",
        ]
        all.merge(headers) { $1 }
        return Record(
            topic: "directchat.messages", partition: partition, offset: 17, timestamp: 1_000,
            key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) },
            headers: all.filter { !$0.value.isEmpty }.map { Header(name: $0.key, value: Array($0.value.utf8)) })
    }

    private func options(_ more: [String] = []) throws -> DeadLetterOptions {
        try .parse(
            [
                "--topic", "messages", "--partition", "0", "--offset", "17", "--cluster", "c", "--by", "Alex",
                "--reason",
                "why",
            ] + more)
    }

    private func event(_ record: Record, _ correction: DeadAmendment.Correction = .init()) throws -> Event {
        try DeadAmendment(record: record, correction: correction).event()
    }

    @Test func whatIsNotGivenIsTheLetters() throws {
        let event = try event(record(#"{"text":1}"#), .init(data: Array(Self.good.utf8)))
        #expect(event.type == "message.received" && event.dealership == "shop-1" && event.service == "ingest")
        #expect(event.time.description == "2026-11-26T10:00:00.000Z")
        #expect(String(decoding: event.data, as: UTF8.self) == Self.good)
    }

    @Test func whatTheLetterDoesNotSayIsAskedFor() throws {
        let bare = record(nil, key: nil, headers: ["ce_source": "", "ce_type": "", "ce_time": ""])
        let error = #expect(throws: Refusal.self) { try event(bare) }
        for flag in ["--type", "--dealership", "--service", "--time", "--data"] {
            #expect(error?.description.contains(flag) == true)
        }
        let whole = try event(
            bare,
            .init(
                type: "message.received", dealership: "shop-1", service: "ingest",
                time: Timestamp("2026-11-26T10:00:00Z"), data: Array(Self.good.utf8)))
        #expect(whole.key == "shop-1")
    }

    @Test(arguments: ["", "{", #"{"text":"no conversation"}"#])
    func aCopyThatWouldBeRefusedIsNotMade(_ value: String) {
        #expect(throws: Refusal.self) { try event(record("{}"), .init(data: Array(value.utf8))) }
        #expect(throws: Refusal.self) { try event(record(Self.good), .init(type: "message.reacted")) }
        #expect(throws: Refusal.self) { try event(record(Self.good), .init(dealership: "shop 1")) }
    }

    @Test func theSameCorrectionHasTheSameIdAndAnotherAnotherOne() throws {
        func id(_ value: String) throws -> String {
            let amendment = DeadAmendment(record: record("{}"), correction: .init(data: Array(value.utf8)))
            let decision = try amendment.decision(options(), on: 12)
            return DeadLetterSettlement(decision, at: Timestamp(milliseconds: 1)).id
        }
        #expect(try id(Self.good) == id(Self.good))
        #expect(try id(Self.good) != id(Self.good.replacing("hello", with: "other")))
        #expect(try id(Self.good).hasPrefix("messages-0-17-amended-"))
    }

    @Test func aCopyWithoutACorrectionIsMadeOnlyForAnotherPartition() throws {
        let own = Partitioner.partition("shop-1", of: 12)
        #expect(throws: Refusal.self) {
            try DeadAmendment(record: record(Self.good, partition: own), correction: .init())
                .decision(options(), on: 12)
        }
        let misplaced = record(Self.good, partition: (own + 1) % 12)
        let decision = try DeadAmendment(record: misplaced, correction: .init()).decision(options(), on: 12)
        guard case .amended(let amended) = decision else { return #expect(Bool(false)) }
        #expect(amended.letter == .init(topic: .messages, partition: 0, offset: 17, eventId: "c1.c.m1"))
        #expect(amended.by == "Alex" && amended.reason == "why")
    }

    @Test func itComesBackFromTheWire() throws {
        let amendment = DeadAmendment(record: record("{}"), correction: .init(data: Array(Self.good.utf8)))
        for decision in [
            try amendment.decision(options(), on: 12),
            .discarded(
                DeadLetterDiscarded(
                    letter: .init(topic: .messages, partition: 3, offset: 5, eventId: nil), by: "A", reason: "r")),
        ] {
            let sent = DeadLetterSettlement(decision, at: Timestamp(milliseconds: 1_500))
            let headers = Dictionary(uniqueKeysWithValues: sent.headers)
            let back = try DeadLetterSettlement(value: sent.value[...]) { headers["\($0)"].map { $0[...] } }
            #expect(back == sent)
            // A service that does not know of it takes it for no event of a dealership.
            #expect(throws: MalformedEvent.self) {
                try CloudEvents.event(key: Array("dead-letter".utf8)[...], value: sent.value[...]) {
                    headers["\($0)"].map { $0[...] }
                }
            }
        }
    }

    // MARK: Whether it is appended

    private func settlement(_ reason: String, discards: Bool = false) throws -> DeadLetterSettlement {
        let letter = DeadLetterReference(topic: .messages, partition: 0, offset: 17, eventId: nil)
        let value = Self.good.replacing("hello", with: reason)
        let event = try event(record("{}"), .init(data: Array(value.utf8)))
        return DeadLetterSettlement(
            discards
                ? .discarded(DeadLetterDiscarded(letter: letter, by: "A", reason: reason))
                : .amended(DeadLetterAmended(letter: letter, by: "A", reason: reason, event: AmendedEvent(event))),
            at: Timestamp(milliseconds: 1))
    }

    @Test func theFirstDecisionStands() throws {
        let (one, other) = (try settlement("one"), try settlement("other"))
        let discards = try settlement("none", discards: true)
        #expect(try DeadLetterPlan(one, after: [], again: false) == .append)
        #expect(try DeadLetterPlan(one, after: [(one, 20)], again: false) == .isThere(20))
        #expect(try DeadLetterPlan(discards, after: [(discards, 20)], again: false) == .isThere(20))
        #expect(throws: Refusal.self) { try DeadLetterPlan(one, after: [(other, 20)], again: false) }
        #expect(try DeadLetterPlan(one, after: [(other, 20)], again: true) == .append)
        #expect(throws: Refusal.self) { try DeadLetterPlan(one, after: [(discards, 20)], again: true) }
        #expect(throws: Refusal.self) { try DeadLetterPlan(discards, after: [(one, 20)], again: true) }
    }

    @Test func theClusterIsNamed() throws {
        let configuration = KafkaConfiguration(bootstrapServers: "here:9092", clientId: "t")
        try ClusterName.confirm("abc", is: "abc", configuration)
        try ClusterName.confirm("here:9092", is: nil, configuration)
        for (name, id) in [("abc", "other"), ("abc", nil), ("here:9092", "abc"), ("", "abc")] {
            let error = #expect(throws: Refusal.self) { try ClusterName.confirm(name, is: id, configuration) }
            #expect(error?.description.contains("--cluster '\(id ?? "here:9092")'") == true)
        }
    }

    @Test(arguments: [
        ["--topic", "nothing"], ["--topic", "presence"], ["--topic", "deal-created"], ["--by", " "], ["--reason", ""],
        ["--offset", "-1"], ["--topic-prefix", "a b"],
    ])
    func badFlagsAreRefused(_ flags: [String]) {
        #expect(throws: (any Error).self) { try options(flags) }
    }
}
