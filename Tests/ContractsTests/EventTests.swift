import Contracts
import Testing

@Suite struct EventTests {
    let event = Event(
        MessageReceived(conversationId: "c1", clientMessageId: "m1", channel: .web, text: "Is the blue one there? 🚗"),
        id: "c1.c.m1", dealership: "demo", service: "ingest", time: Timestamp(milliseconds: 1_787_426_607_412))

    private func read(
        _ event: Event, key: String? = nil, value: [UInt8]?? = .none,
        change: (inout [String: [UInt8]]) -> Void = { _ in }
    ) throws -> Event {
        var headers = Dictionary(uniqueKeysWithValues: CloudEvents.headers(of: event).map { ($0.name, $0.value) })
        change(&headers)
        return try CloudEvents.event(key: Array((key ?? event.key).utf8)[...], value: (value ?? event.data)?[...]) {
            headers[$0.description].map { $0[...] }
        }
    }

    @Test func binaryModeKeepsEverything() throws {
        #expect(try read(event) == event)
        let payload: MessageReceived = try read(event).payload()
        #expect(payload.text == "Is the blue one there? 🚗")
        #expect(payload.messageId == event.id)
    }

    @Test func headersAreTheFieldsConvention() {
        let headers = CloudEvents.headers(of: event).map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
        #expect(
            headers == [
                "ce_specversion=1.0", "ce_id=c1.c.m1", "ce_source=/dealerships/demo/ingest",
                "ce_type=directchat.message.received.v1", "ce_time=2026-08-22T19:23:27.412Z", "ce_subject=c1",
                "content-type=application/json",
            ])
    }

    @Test func theSameFactMakesTheSameBytes() throws {
        let deal = DealCreated(
            dealId: "d", dealershipId: "demo", createdAt: event.time, timeZone: "America/Chicago",
            source: DealSource(
                type: DealSource.chatType, description: DealSource.chatDescription, channel: "web",
                conversationId: "c1"),
            customer: Customer(id: "k", firstName: "Ana", lastName: "Ortiz", emails: ["a@example.com"], phones: []),
            createdBy: Staff(id: "s", name: "Sam"), firstMessageAt: event.time, qualifiedAt: event.time)
        #expect(deal.encoded() == deal.encoded())
        let text = String(decoding: deal.encoded(), as: UTF8.self)
        #expect(
            text.contains(
                #""source":{"channel":"web","conversationId":"c1","description":"Ignitify Chat","type":"Chat"}"#))
        #expect(try DealCreated(json: JSONView(deal.encoded())) == deal)
    }

    @Test(arguments: ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"])
    func everyRequiredHeaderIsAskedFor(name: String) {
        #expect(throws: MalformedEvent.self) { try read(event) { $0[name] = nil } }
        #expect(throws: MalformedEvent.self) { try read(event) { $0[name] = [0xFF] } }
    }

    @Test func foreignRecordsAreRefused() {
        #expect(throws: MalformedEvent.self) { try read(event, key: "other") }
        #expect(throws: MalformedEvent.self) { try read(event, key: "demolition") }
        #expect(throws: MalformedEvent.self) { try read(event, value: .some(nil)) }
        #expect(throws: MalformedEvent.self) { try read(event) { $0["ce_source"] = Array("/demo/ingest".utf8) } }
        #expect(throws: Never.self) { try read(event, key: "demo/visitor") }
        #expect(throws: Never.self) {
            try read(event) { $0["content-type"] = Array("application/json; charset=utf-8".utf8) }
        }
    }

    @Test(arguments: ["directchat.message.received.v2", "org.example.x.v1", "directchat..v1", "message.received"])
    func aTypeOfAnotherVersionOrMakerIsNoneOfOurs(type: String) throws {
        let read = try read(event) { $0["ce_type"] = Array(type.utf8) }.type
        #expect(read.hasSuffix(type))
        #expect(read != MessageReceived.type)
    }

    @Test func twoVisitorsMayChooseTheSameId() {
        #expect(
            Side.customer.messageId(conversation: "a", clientMessageId: "1")
                != Side.customer.messageId(conversation: "b", clientMessageId: "1"))
        #expect(
            Side.customer.messageId(conversation: "a", clientMessageId: "1")
                != Side.staff.messageId(conversation: "a", clientMessageId: "1"))
    }
}
