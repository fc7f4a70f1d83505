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

    private func decision(
        _ record: Record, _ correction: DeadAmendment.Correction = .init()
    ) throws -> DeadLetterSettlement.Decision {
        let letter = DeadLetterReference(
            topic: .messages, partition: 0, offset: 17, eventId: DeadAmendment.id(of: record))
        let purpose = try Purpose.parse(["--by", "Alex", "--reason", "why"])
        return try DeadAmendment(record: record, correction: correction).decision(about: letter, purpose, on: 12)
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
        // The last is an event of a topic that nobody keeps.
        for type in ["message.reacted", "dead-letter.discarded", "presence.changed"] {
            #expect(throws: Refusal.self) { try event(record(Self.good), .init(type: type)) }
        }
        #expect(throws: Refusal.self) { try event(record(Self.good), .init(dealership: "shop 1")) }
    }

    @Test func theSameCorrectionHasTheSameIdAndAnotherAnotherOne() throws {
        func id(_ value: String) throws -> String {
            let decision = try decision(record("{}"), .init(data: Array(value.utf8)))
            return DeadLetterSettlement(decision, at: Timestamp(milliseconds: 1)).id
        }
        #expect(try id(Self.good) == id(Self.good))
        #expect(try id(Self.good) != id(Self.good.replacing("hello", with: "other")))
        #expect(try id(Self.good).hasPrefix("messages-0-17-amended-"))
    }

    @Test func aCopyWithoutACorrectionIsMadeOnlyForAnotherPartition() throws {
        let own = Partitioner.partition("shop-1", of: 12)
        #expect(throws: Refusal.self) { try decision(record(Self.good, partition: own)) }
        let misplaced = record(Self.good, partition: (own + 1) % 12)
        guard case .amended(let amended) = try decision(misplaced) else { return #expect(Bool(false)) }
        #expect(amended.letter == .init(topic: .messages, partition: 0, offset: 17, eventId: "c1.c.m1"))
        #expect(amended.by == "Alex" && amended.reason == "why")
    }

    @Test func aCopyElsewhereIsRefusedWhereTheLetterStandsRight() throws {
        let other = try #require(
            (2..<99).map { "shop-\($0)" }.first {
                Partitioner.partition($0, of: 12) != Partitioner.partition("shop-1", of: 12)
            })
        let own = Partitioner.partition("shop-1", of: 12)
        let moved = DeadAmendment.Correction(dealership: other, data: Array(Self.good.utf8))
        let error = #expect(throws: Refusal.self) { try decision(record("{}", partition: own), moved) }
        #expect(error?.description.contains("would count beside it") == true)
        // Whose it is cannot be read: no release can take it.
        let nobodys = record("{}", headers: ["ce_source": ""], partition: own)
        var whole = moved
        whole.service = "ingest"
        guard case .amended(let amended) = try decision(nobodys, whole) else { return #expect(Bool(false)) }
        #expect(amended.event.event(id: "x").dealership == other)
    }

    @Test(arguments: ["conversationId": "c1", "clientMessageId": "m1"])
    func idsThatTheLetterHasStay(_ name: String, _ id: String) throws {
        let letter = record(#"{"channel":"web","clientMessageId":"m1","conversationId":"c1","text":12}"#)
        _ = try decision(letter, .init(data: Array(Self.good.utf8)))
        let other = Self.good.replacing("\"\(id)\"", with: "\"x1\"")
        let error = #expect(throws: Refusal.self) { try decision(letter, .init(data: Array(other.utf8))) }
        #expect(error?.description.contains("\(name) must stay \(id)") == true)
        // One that is no id is what is to be corrected.
        let broken = record(#"{"channel":"web","clientMessageId":"m 1","conversationId":7,"text":"hello"}"#)
        _ = try decision(broken, .init(data: Array(other.utf8)))
    }

    @Test func aDecisionIsNotAmendedButItsLetter() throws {
        let sent = DeadLetterSettlement(
            try decision(record("{}"), .init(data: Array(Self.good.utf8))), at: Timestamp(milliseconds: 1))
        let stored = Record(
            topic: "directchat.messages", partition: 0, offset: 18, timestamp: 1, key: Array("dead-letter".utf8),
            value: sent.value, headers: sent.headers.map { Header(name: $0.name, value: $0.value) })
        let error = #expect(throws: Refusal.self) { try decision(stored, .init(data: Array(Self.good.utf8))) }
        #expect(error?.description.contains("itself a decision") == true)
    }

    @Test func itComesBackFromTheWire() throws {
        for decision in [
            try decision(record("{}"), .init(data: Array(Self.good.utf8))),
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
        // The copy was refused too, and nothing is to come of either.
        #expect(throws: Refusal.self) { try DeadLetterPlan(discards, after: [(one, 20)], again: false) }
        #expect(try DeadLetterPlan(discards, after: [(one, 20)], again: true) == .append)
    }

    @Test func onlyKeptTopicsHaveDecisions() throws {
        let names = TopicNames()
        #expect(try DeadLetterRun.kept("directchat.messages", names) == .messages)
        for topic in ["directchat.presence", "directchat.nothing", "messages"] {
            #expect(throws: Refusal.self) { try DeadLetterRun.kept(topic, names) }
        }
    }

    /// `replay tail` and `show` meet decisions among events.
    @Test func aDecisionIsShownAndFoundAndNoDeadLetter() throws {
        let sent = DeadLetterSettlement(
            try decision(record("{}"), .init(subject: "c1", data: Array(Self.good.utf8))),
            at: Timestamp(milliseconds: 1))
        let stored = Record(
            topic: "directchat.messages", partition: 0, offset: 18, timestamp: 1, key: Array("dead-letter".utf8),
            value: sent.value, headers: sent.headers.map { Header(name: $0.name, value: $0.value) })
        let decoded = DecodedRecord(stored, partitions: 12)
        #expect(decoded.refusal == nil && decoded.isKnownType)
        #expect(decoded.type == "dead-letter.amended" && decoded.dealership == "shop-1")
        var filter = Filter()
        (filter.dealership, filter.conversation) = ("shop-1", "c1")
        #expect(filter.matches(stored))
        filter.dealership = "shop-2"
        #expect(!filter.matches(stored))
        let masked = try #require(Mask.body(sent.value).map(text))
        #expect(masked.contains("message.received") && masked.contains("17") && !masked.contains("hello"))
    }

    @Test(arguments: [
        ["messages/0"], ["messages/0/-1"], ["messages/0/1", "--by", " "], ["messages/0/1", "--reason", ""],
        ["messages/0/1", "--topic-prefix", "a b"],
    ])
    func badFlagsAreRefused(_ flags: [String]) throws {
        let good = ["--by", "Alex", "--reason", "why"]
        _ = try DeadDiscardCommand.parse(["messages/0/1"] + good)
        #expect(throws: (any Error).self) { try DeadDiscardCommand.parse(good + flags) }
    }
}
