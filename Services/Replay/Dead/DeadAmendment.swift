import Contracts
import Kafka

/// The corrected copy of a record: what was given, else what the record says as far as it can be read.
struct DeadAmendment {
    struct Correction: Sendable, Equatable {
        var type: String?
        var dealership: String?
        var service: String?
        var subject: String?
        var time: Timestamp?
        var data: [UInt8]?
    }

    let record: Record
    let correction: Correction

    /// What the record calls itself.
    static func id(of record: Record) -> String? {
        guard let id = text(record, "ce_id"), !id.isEmpty else { return nil }
        return String(id.prefix(Limits.letterIdCharacters))
    }

    /// - Throws: `Refusal` if nothing was corrected, or the copy could count beside the letter.
    func decision(
        about letter: DeadLetterReference, _ purpose: Purpose, on partitions: Int32
    ) throws -> DeadLetterSettlement.Decision {
        guard (try? DeadLetterSettlement(value: record.value, header: record.header)) == nil else {
            throw Refusal("the record at \(record.offset) is itself a decision about a dead letter: amend that letter")
        }
        let event = try event()
        let isTheSame =
            (try? CloudEvents.event(key: record.key, value: record.value, header: record.header))
            .map { AmendedEvent($0) == AmendedEvent(event) } ?? false
        let isMisplaced = Partitioner.partition(event.dealership, of: partitions) != record.partition
        guard !isTheSame || isMisplaced else {
            throw Refusal("nothing was corrected: the copy would be refused as the letter was")
        }
        if isMisplaced, let own = Self.source(record)?.dealership,
            Partitioner.partition(own, of: partitions) == record.partition
        {
            throw Refusal(
                "the letter stands where the records of its dealership \(own) stand: a copy elsewhere would count "
                    + "beside it")
        }
        try checkIds(of: event)
        return .amended(
            DeadLetterAmended(
                letter: letter, by: purpose.person, reason: purpose.reason, event: AmendedEvent(event)))
    }

    /// What is owed for an event has its id of these: a later release may take the letter where this one took the copy.
    private func checkIds(of event: Event) throws {
        guard let value = record.value, let letter = try? JSONView(Array(value)), let copy = try? JSONView(event.data)
        else { return }
        let names: [StaticString] = ["conversationId", "clientMessageId", "requestId", "dealId"]
        for name in names {
            guard let old = try? letter.string(name), Identifier.isValid(old), (try? copy.string(name)) != old else {
                continue
            }
            throw Refusal("\(name) must stay \(old): a release that takes the letter would count both")
        }
    }

    /// - Throws: `Refusal` that names everything that is missing, or the field that is wrong.
    func event() throws -> Event {
        let source = Self.source(record)
        let type = correction.type ?? Self.type(record)
        let dealership = correction.dealership ?? source?.dealership ?? Self.dealership(ofKey: record.key)
        let service = correction.service ?? source?.service
        let time = correction.time ?? Self.text(record, "ce_time").flatMap { Timestamp($0) }
        let data = correction.data ?? record.value.map { Array($0) }
        guard let type, let dealership, let service, let time, let data else {
            let missing: [(String, Bool)] = [
                ("--type", type == nil), ("--dealership", dealership == nil), ("--service", service == nil),
                ("--time", time == nil), ("--data", data == nil),
            ]
            let names = missing.filter(\.1).map(\.0).joined(separator: ", ")
            throw Refusal("the letter does not say everything: give \(names)")
        }
        for (flag, text) in [("--dealership", dealership), ("--service", service)] where !Identifier.isValid(text) {
            throw Refusal("'\(text)' is no id: give another with \(flag)")
        }
        guard String(validating: data, as: UTF8.self) != nil else {
            throw Refusal("the value is not UTF-8 text: give a corrected one with --data")
        }
        let event = Event(
            id: "", type: type, dealership: dealership, service: service,
            subject: correction.subject ?? Self.text(record, "ce_subject"), time: time, data: data)
        switch PayloadCheck.ofKept(event) {
        case .accepted: break
        case .refused(let error):
            throw Refusal("the copy would be refused: \(error); correct it with --data or --type")
        case .unknownType:
            throw Refusal("the copy would be skipped: no service knows the type \(type); correct it with --type")
        }
        return event
    }

    private static func text(_ record: Record, _ header: StaticString) -> String? {
        record.header(header).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Nil where it is none of a dealership's.
    private static func source(_ record: Record) -> (dealership: String, service: String)? {
        let parts = text(record, "ce_source")?.split(separator: "/").map(String.init) ?? []
        return parts.count == 3 && parts[0] == "dealerships" ? (parts[1], parts[2]) : nil
    }

    /// Without what is around it on the wire.
    private static func type(_ record: Record) -> String? {
        guard let text = text(record, "ce_type"), text.hasPrefix("directchat."), text.hasSuffix(".v1") else {
            return nil
        }
        return String(text.dropFirst("directchat.".count).dropLast(".v1".count))
    }

    private static func dealership(ofKey key: ArraySlice<UInt8>?) -> String? {
        guard let key, let text = String(validating: key, as: UTF8.self) else { return nil }
        return text.split(separator: "/").first.map(String.init)
    }
}
