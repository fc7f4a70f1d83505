import Contracts
import Foundation
import Kafka
import Testing

@testable import Replay

@Suite struct MaskTests {
    private func masked(_ body: String) -> String? { Mask.body(Array(body.utf8)).map(text) }

    @Test func namesPhonesAndTextsGoAndIdsStay() {
        #expect(
            masked(
                #"{"conversationId":"c-1", "text":"call \"Ana\" at 5550123", "from":"+13145550123","channel":"sms"}"#)
                == #"{"conversationId":"c-1","text":"***","from":"***","channel":"sms"}"#)
        #expect(
            masked(
                #"{"customer":{"id":"u-1","firstName":"Ana","emails":["a@b.c","d@e.f"],"phones":[]},"by":{"id":"s"}}"#)
                == #"{"customer":{"id":"u-1","firstName":"***","emails":["***","***"],"phones":[]},"by":{"id":"s"}}"#)
    }

    @Test func whatNobodyHasThoughtAboutIsHidden() {
        #expect(
            masked(#"{"nickname":"Ani","age":41,"vip":true,"note":null}"#)
                == #"{"nickname":"***","age":"***","vip":true,"note":null}"#)
        #expect(
            masked(#"{"id":{"text":"Ana"},"ids":[{"id":"x","name":"Ana"}]}"#)
                == #"{"id":{"text":"***"},"ids":[{"id":"x","name":"***"}]}"#)
    }

    @Test func aReasonIsShownWhereItIsOneWord() {
        #expect(
            masked(#"{"reason":"unknown-number","status":"failed"}"#)
                == #"{"reason":"unknown-number","status":"failed"}"#)
        #expect(masked(#"{"reason":"+13145550123 is no mobile"}"#) == #"{"reason":"***"}"#)
    }

    @Test func aNameWithEscapesIsNoWayRound() {
        #expect(masked(#"{"\u0069d":"Ana"}"#) == #"{"\u0069d":"***"}"#)
    }

    @Test func anIdThatIsAnAddressIsHidden() {
        #expect(
            masked(#"{"by":{"id":"ana@example.com"},"to":{"id":"staff-7"},"customerId":"ana\u0040example.com"}"#)
                == #"{"by":{"id":"***"},"to":{"id":"staff-7"},"customerId":"***"}"#)
    }

    @Test(arguments: [
        "ana@example.com", "call Ana", "+13145550123", "(314)555-0123", "shop-1/3145550123", "314.555.0123",
    ])
    func aLabelThatIsPersonalIsHidden(_ label: String) {
        #expect(Mask.label(label) == "***")
    }

    @Test(arguments: [
        "", "shop-1", "12", "2026-08-22T19:03:27.412Z", "/dealerships/shop-1/ingest", "shop-1/01h2x3y4z5",
        Identifier.textConversation(Array("key".utf8), number: "+13145550100", phone: "+13145550123"),
        Identifier.timeOrdered(at: Timestamp(milliseconds: 1)), "1.0", "directchat.messages-0-1234567-discarded",
    ])
    func aLabelOfOursStays(_ label: String) {
        #expect(Mask.label(label) == label)
    }

    @Test func whatSurroundsABodyIsHiddenWhereItIsPersonal() {
        let phone = "+13145550123"
        let record = Record(
            topic: "directchat.messages", partition: 3, offset: 9, timestamp: 5, key: Array("Ana".utf8),
            value: Array("{}".utf8),
            headers: [
                ("ce_specversion", "1.0"), ("ce_id", phone), ("ce_source", "/dealerships/shop-1/ingest"),
                ("ce_type", "directchat.message.received.v1"), ("ce_time", "2026-08-22T19:03:27Z"),
                ("ce_subject", "ana@example.com"), ("content-type", "application/json"), ("x-caller", "Bo"),
                ("dc_redelivery_id", "r-1"),
            ].map { Header(name: $0, value: Array($1.utf8)) })
        let decoded = DecodedRecord(record, partitions: 12)
        #expect(decoded.refusal?.reason == "invalid-key")
        let (masked, whole) = (
            RecordView(names: TopicNames(), unmask: false), RecordView(names: TopicNames(), unmask: true)
        )
        for shown in [masked.line(decoded), masked.page(decoded).joined(), text(masked.json(decoded))] {
            #expect(!["Ana", phone, "ana@", "Bo"].contains(where: shown.contains), "\(shown)")
            #expect(shown.contains("shop-1"), "\(shown)")
        }
        #expect(text(masked.json(decoded)).contains(#"{"name":"dc_redelivery_id","value":"r-1"}"#))
        for shown in [whole.page(decoded).joined(), text(whole.json(decoded))] {
            #expect(["Ana", phone, "ana@", "Bo"].allSatisfy(shown.contains), "\(shown)")
        }
    }

    @Test func aDecisionsPlaceIsNoPhone() {
        let view = RecordView(names: TopicNames(), unmask: false)
        #expect(view.label("directchat.messages/3/1234567") == "directchat.messages/3/1234567")
        #expect(view.label("notes/3/3145550123") == "***")
    }

    @Test func anUnmaskedBodyIsOneLineAndElseItself() {
        let view = RecordView(names: TopicNames(), unmask: true)
        for (body, shown) in [("{\"a\" : 1}", "{\"a\" : 1}"), ("{\r\n\"a\":1}\n", "{\"a\":1}")] {
            let decoded = DecodedRecord(eventRecord("message.unheard", body: body), partitions: 12)
            #expect(text(view.json(decoded)).contains("\"body\":\(shown),"))
        }
    }

    @Test(arguments: ["", "Ana", "[\"Ana\"]", "{\"text\":\"Ana\"", "\"Ana\""])
    func whatIsNoObjectIsHiddenWhole(_ body: String) {
        #expect(masked(body) == nil)
        let record = eventRecord(body: body)
        let view = RecordView(names: TopicNames(), unmask: false)
        let decoded = DecodedRecord(record, partitions: 12)
        #expect(decoded.refusal != nil)
        for shown in [view.line(decoded), view.page(decoded).joined(), text(view.json(decoded))] {
            #expect(!shown.contains("Ana"))
        }
    }

    /// A canary in every member of every event that there is.
    @Test func noEventShowsWhatIsPersonal() throws {
        let canary = "Zanzibar"
        let staff = Staff(id: "s-1", name: canary)
        let customer = Customer(id: "u-1", firstName: canary, lastName: canary, emails: [canary], phones: [canary])
        let time = Timestamp(milliseconds: 0)
        let deal = DealCreated(
            dealId: "d-1", dealershipId: "shop-1", createdAt: time, timeZone: "UTC",
            source: DealSource(type: "Chat", description: "Ignitify Chat", channel: "web", conversationId: "c-1"),
            customer: customer, createdBy: staff, firstMessageAt: time, qualifiedAt: time)
        let bodies = [
            MessageReceived(
                conversationId: "c-1", clientMessageId: "m-1", channel: .sms, text: canary, from: canary, to: canary,
                parameters: #"{"Body":"\#(canary)"}"#, media: [MediaReference(url: canary, contentType: "image/png")],
                contact: SharedContact(name: canary, email: canary, phone: canary, mayText: true)
            ).encoded(),
            MessageSent(
                conversationId: "c-1", clientMessageId: "m-1", channel: .sms, text: canary, author: staff, from: canary,
                to: canary, begins: TextStart(customerId: "u-1", name: canary, dealId: "d-1")
            ).encoded(),
            MessageStatus(
                conversationId: "c-1", messageId: "m-1", status: "failed", reason: "\(canary) \(canary)"
            ).encoded(),
            ConsentChanged(conversationId: "c-1", from: canary, phone: canary, state: .stopped, by: staff).encoded(),
            ConversationAssigned(conversationId: "c-1", to: staff, by: staff).encoded(),
            QualifyRequested(
                requestId: "q-1", conversationId: "c-1", channel: .web,
                customer: ContactEntry(firstName: canary, lastName: canary, email: canary, phone: canary),
                startNewDeal: true, knownDeals: [], timeZone: "UTC", firstMessageAt: time, messagesOffset: 1, by: staff
            ).encoded(),
            ConversationQualified(
                requestId: "q-1", conversationId: "c-1", customer: customer, deal: deal, messagesOffset: 1, by: staff
            ).encoded(),
            deal.encoded(), DraftChanged(conversationId: "c-1", revision: 1, text: canary).encoded(),
            VisitBeat(conversationId: "c-1", tabId: "t-1", page: canary, visible: true).encoded(),
        ]
        for body in bodies {
            let shown = text(try #require(Mask.body(body)))
            #expect(!shown.contains(canary), "\(shown)")
            #expect(shown.contains("c-1"), "\(shown)")
            _ = try JSONSerialization.jsonObject(with: Data(shown.utf8))
        }
    }
}
