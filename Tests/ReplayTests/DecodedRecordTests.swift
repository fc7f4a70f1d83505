import Contracts
import Foundation
import Kafka
import Testing

@testable import Replay

@Suite struct DecodedRecordTests {
    @Test func anEventIsAccepted() {
        let body = #"{"conversationId":"c-1","messageId":"m-1","by":{"id":"s","name":"n"}}"#
        let decoded = DecodedRecord(eventRecord("conversation.read", body: body), partitions: 12)
        #expect(decoded.refusal == nil && decoded.isKnownType)
        #expect(decoded.type == "conversation.read" && decoded.dealership == "shop-1" && decoded.id == "e-1")
    }

    @Test func aRefusedOneIsDecodedAsFarAsItGoes() throws {
        let broken = DecodedRecord(eventRecord(body: #"{"conversationId":"c-1"}"#), partitions: 12)
        #expect(broken.refusal?.reason == "missing-field")
        #expect(broken.subject == "c-1")
        let view = RecordView(names: TopicNames(), unmask: false)
        #expect(view.line(broken).contains("REFUSED missing-field"))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(view.json(broken))) as? [String: Any])
        #expect((json["refused"] as? [String: String])?["reason"] == "missing-field")
        #expect((json["body"] as? [String: String]) == ["conversationId": "c-1"])

        let stray = Record(
            topic: "t", partition: 0, offset: 7, timestamp: -1, key: [0xff], value: nil,
            headers: [Header(name: "x", value: nil)])
        let nothing = DecodedRecord(stray, partitions: 12)
        #expect(nothing.refusal?.reason == "missing-header")
        #expect(view.page(nothing).contains("  key      ***"), "bytes that nobody can read may be a name")
        let whole = RecordView(names: TopicNames(), unmask: true)
        #expect(whole.page(nothing).contains { $0.contains("base64:/w==") })
        let line = try #require(try JSONSerialization.jsonObject(with: Data(whole.json(nothing))) as? [String: Any])
        #expect(line["keyBase64"] as? String == "/w==" && line["body"] is NSNull && line["time"] is NSNull)
    }

    @Test func aWrongPartitionAndAnUnknownType() {
        let right = Partitioner.partition("shop-1", of: 12)
        let misplaced = DecodedRecord(eventRecord(partition: (right + 1) % 12), partitions: 12)
        #expect(misplaced.refusal?.reason == "wrong-partition")
        let unknown = DecodedRecord(eventRecord("message.unheard"), partitions: 12)
        #expect(unknown.refusal == nil && !unknown.isKnownType)
    }

    @Test func aBodyIsAnObjectWhateverIsWrongWithTheRecord() {
        let right = Partitioner.partition("shop-1", of: 12)
        #expect(DecodedRecord(eventRecord(partition: (right + 1) % 12), partitions: 12).isObject)
        #expect(DecodedRecord(eventRecord("message.unheard"), partitions: 12).isObject)
        #expect(!DecodedRecord(eventRecord("message.unheard", body: "[]"), partitions: 12).isObject)
        #expect(!DecodedRecord(eventRecord(body: "{"), partitions: 12).isObject)
    }

    @Test func aTerminalObeysNothing() {
        let view = RecordView(names: TopicNames(), unmask: true)
        let decoded = DecodedRecord(eventRecord(id: "e\u{1b}[2J", body: "a\u{7}b"), partitions: 12)
        #expect(!view.line(decoded).unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    /// A type that is added to the contract is decoded here too.
    @Test func everyTypeOfTheContractIsKnown() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Shared/Contracts/asyncapi.yaml")
        let contract = try String(contentsOf: file, encoding: .utf8)
        let named = contract.matches(of: #/directchat\.([a-z.]+)\.v1/#).map { String($0.output.1) }
        #expect(named.count > 15)
        #expect(Set(named).subtracting(PayloadCheck.types).isEmpty)
    }

    @Test func anExportHasAllOfIt() throws {
        let records = [
            eventRecord(body: "{\"a\":\"\u{1F600}\\n\"}"),
            Record(topic: "t", partition: 3, offset: 9, timestamp: -1, key: nil, value: nil, headers: []),
            Record(
                topic: "t", partition: 3, offset: 9, timestamp: 5, key: [], value: [],
                headers: [
                    Header(name: "h", value: [0, 255]), Header(name: "h", value: nil), Header(name: "", value: []),
                ]),
            Record(
                topic: "t", partition: 3, offset: 9, timestamp: 5, key: [0, 10, 34, 92, 127], value: [0xC3, 0x28],
                headers: []),
        ]
        for record in records {
            let line = JSONText.object { ExportedRecord.write(record, to: &$0) }
            #expect(!line.contains(10))
            let read = try JSONDecoder().decode(ExportedRecord.self, from: Data(line))
            let back = try read.record(to: "t")
            #expect(RecordDigest(back) == RecordDigest(record))
            #expect(back.partition == record.partition && read.offset == record.offset)
        }
    }
}
