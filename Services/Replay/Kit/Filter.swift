import Contracts
import Kafka

/// Which records of a stretch of the log are meant. What is nil asks for nothing.
struct Filter: Codable, Equatable, Sendable {
    struct HeaderMatch: Codable, Equatable, Sendable {
        var name: String
        var value: String
    }

    /// Of the record's timestamp.
    var from: Timestamp?
    /// Of the record's timestamp; not this moment itself any more.
    var to: Timestamp?
    var dealership: String?
    var conversation: String?
    /// Such as `message.received`.
    var type: String?
    var key: String?
    var headers: [HeaderMatch] = []
    /// Leaves out what an earlier redelivery has put there.
    var withoutCopies = false

    func matches(_ record: Record) -> Bool {
        if let from, record.timestamp < from.milliseconds { return false }
        if let to, record.timestamp >= to.milliseconds { return false }
        if let key, record.key.map({ $0.elementsEqual(key.utf8) }) != true { return false }
        if let type, EventType.short(record) != type { return false }
        if let dealership, !Self.isOf(dealership, record) { return false }
        if withoutCopies, record.header("dc_redelivery_id") != nil { return false }
        if !headers.isEmpty {
            let all = record.headers
            for one in headers
            where !all.contains(where: { $0.name == one.name && $0.value?.elementsEqual(one.value.utf8) == true }) {
                return false
            }
        }
        if let conversation, !Self.isAbout(conversation, record) { return false }
        return true
    }

    /// A record that a decoder refuses may have only one of the two.
    private static func isOf(_ dealership: String, _ record: Record) -> Bool {
        if let source = record.header("ce_source"), source.starts(with: "/dealerships/\(dealership)/".utf8) {
            return true
        }
        if let event = corrected(record) { return event.dealership == dealership }
        guard let key = record.key else { return false }
        return key.elementsEqual(dealership.utf8) || key.starts(with: "\(dealership)/".utf8)
    }

    /// What a decision about a dead letter puts in its stead.
    private static func corrected(_ record: Record) -> Event? {
        (try? DeadLetterSettlement(value: record.value, header: record.header))?.event
    }

    private static func isAbout(_ conversation: String, _ record: Record) -> Bool {
        if record.header("ce_subject")?.elementsEqual(conversation.utf8) == true { return true }
        if let event = corrected(record) { return event.subject == conversation }
        guard let value = record.value, value.contains(conversation.utf8), let json = try? JSONView(Array(value)) else {
            return false
        }
        if (try? json.optionalString("conversationId")) == conversation { return true }
        // A deal is about the deal, and names the conversation that it comes from.
        let source = try? json.optionalObject("source")
        return (try? source?.optionalString("conversationId")) == conversation
    }
}

/// The types of events as people name them.
enum EventType {
    /// `ce_type` without `directchat.` and `.v1`; whole where it is another version's or maker's.
    static func short(_ record: Record) -> String? {
        record.header("ce_type").map { short(String(decoding: $0, as: UTF8.self)) }
    }

    static func short(_ record: OutgoingRecord) -> String? {
        record.headers.last { $0.name == "ce_type" }?.value.map { short(String(decoding: $0, as: UTF8.self)) }
    }

    static func short(_ type: String) -> String {
        guard type.hasPrefix("directchat."), type.hasSuffix(".v1"), type.utf8.count > 14 else { return type }
        return String(type.dropFirst(11).dropLast(3))
    }
}

extension ArraySlice<UInt8> {
    func contains(_ part: String.UTF8View) -> Bool {
        guard let first = part.first, part.count <= count else { return part.isEmpty }
        var at = startIndex
        while let next = self[at...].firstIndex(of: first), next + part.count <= endIndex {
            if self[next..<next + part.count].elementsEqual(part) { return true }
            at = next + 1
        }
        return false
    }
}
