import Contracts
import Kafka

/// A record as the services see it, or, of one that they refuse, as far as it can be read.
struct DecodedRecord: Sendable {
    let record: Record
    let id: String?
    /// Such as `message.received`.
    let type: String?
    let source: String?
    let dealership: String?
    let subject: String?
    let time: String?
    /// Why it is a dead letter.
    let refusal: MalformedEvent?
    let isKnownType: Bool
    /// The body is a JSON object, whose syntax has been checked.
    let isObject: Bool

    /// - Parameter partitions: of the record's topic, which decides where it must stand.
    init(_ record: Record, partitions: Int32) {
        func text(_ name: StaticString) -> String? {
            record.header(name).flatMap { String(validating: $0, as: UTF8.self) }
        }
        self.record = record
        id = text("ce_id")
        type = text("ce_type").map(EventType.short)
        source = text("ce_source")
        subject = text("ce_subject")
        time = text("ce_time")
        let decision = Result { () throws(MalformedEvent) in
            try DeadLetterSettlement(value: record.value, header: record.header)
        }
        let parts = source?.split(separator: "/", omittingEmptySubsequences: false) ?? []
        dealership =
            parts.count > 2 && parts[1] == "dealerships" ? String(parts[2]) : (try? decision.get())?.event?.dealership
        (refusal, isKnownType) = Self.verdict(record, type, partitions, decision)
        // A decoder that accepts a body has read it.
        isObject = (refusal == nil && isKnownType) || record.value.map(Self.isObject) ?? false
    }

    private static func isObject(_ body: ArraySlice<UInt8>) -> Bool { (try? JSONView(Array(body))) != nil }

    private static func verdict(
        _ record: Record, _ type: String?, _ partitions: Int32,
        _ decision: Result<DeadLetterSettlement?, MalformedEvent>
    ) -> (MalformedEvent?, Bool) {
        // A claim is about a service and no dealership.
        if type == ShardOwned.type {
            return (PayloadCheck.refusal(ShardOwned.self, record.value.map { Array($0) } ?? []), true)
        }
        do throws(MalformedEvent) {
            // A decision is about a record, and stands where that stands.
            if try decision.get() != nil { return (nil, true) }
            let event = try CloudEvents.event(key: record.key, value: record.value, header: record.header)
            guard Partitioner.partition(event.dealership, of: partitions) == record.partition else {
                throw MalformedEvent("wrong-partition", "it is not on its dealership's partition")
            }
            switch PayloadCheck.of(event) {
            case .accepted: return (nil, true)
            case .refused(let error): return (error, true)
            case .unknownType: return (nil, false)
            }
        } catch {
            return (error, true)
        }
    }
}
