import Contracts
import Foundation
import Kafka

/// How records are shown.
struct RecordView: Sendable {
    let names: TopicNames
    let unmask: Bool

    /// What `show` takes.
    func place(_ topic: String, _ partition: Int32, _ offset: Int64) -> String {
        "\(names.topic(named: topic)?.rawValue ?? topic)/\(partition)/\(offset)"
    }

    func place(_ record: Record) -> String { place(record.topic, record.partition, record.offset) }

    func line(_ decoded: DecodedRecord) -> String {
        let record = decoded.record
        var parts = [place(record), time(record) ?? "no-time", decoded.type.map(Self.printable) ?? "no-type"]
        parts.append((decoded.dealership ?? Self.text(record.key)).map(Self.printable) ?? "no-key")
        if let subject = decoded.subject { parts.append(Self.printable(subject)) }
        if let id = decoded.id { parts.append("id=\(Self.printable(id))") }
        parts.append(bodyText(record))
        if let refusal = decoded.refusal { parts.append("REFUSED \(refusal)") }
        if !decoded.isKnownType { parts.append("(a type that this version does not know)") }
        return parts.joined(separator: "  ")
    }

    /// A record in full.
    func page(_ decoded: DecodedRecord) -> [String] {
        let record = decoded.record
        var lines = [place(record), "  time     \(time(record) ?? "none")", "  key      \(Self.any(record.key))"]
        lines += record.headers.map { "  header   \(Self.printable($0.name)) = \(Self.any($0.value.map { $0[...] }))" }
        lines.append("  body     \(bodyText(record))")
        if let refusal = decoded.refusal {
            lines.append("  refused  \(refusal): a dead letter for every service that reads this topic")
        } else if !decoded.isKnownType {
            lines.append("  skipped  services of this version do not know the type")
        }
        return lines
    }

    func json(_ decoded: DecodedRecord) -> [UInt8] {
        JSONText.object { write(decoded, to: &$0) }
    }

    /// The members of the record's object.
    func write(_ decoded: DecodedRecord, to json: inout JSONText) {
        let record = decoded.record
        json.name("topic")
        json.string(record.topic)
        json.name("partition")
        json.integer(record.partition)
        json.name("offset")
        json.integer(record.offset)
        json.name("time")
        json.string(time(record))
        ExportedRecord.write("key", record.key, to: &json)
        json.name("event")
        json.object { json in
            let members = [
                ("id", decoded.id), ("type", decoded.type), ("source", decoded.source),
                ("dealership", decoded.dealership), ("subject", decoded.subject), ("time", decoded.time),
            ]
            for (name, value) in members where value != nil {
                json.name(name)
                json.string(value)
            }
        }
        json.name("headers")
        json.array { json in
            for header in record.headers where !header.name.hasPrefix("ce_") {
                json.object { ExportedRecord.write(header, to: &$0) }
            }
        }
        json.name("body")
        json.raw(bodyJSON(record))
        if let refusal = decoded.refusal {
            json.name("refused")
            json.object { json in
                json.name("reason")
                json.string(refusal.reason)
                json.name("detail")
                json.string(refusal.detail)
            }
        }
        if !decoded.isKnownType {
            json.name("unknownType")
            json.raw("true".utf8)
        }
    }

    private func time(_ record: Record) -> String? {
        record.timestamp < 0 ? nil : Timestamp(milliseconds: record.timestamp).description
    }

    /// A JSON value: the body where it is an object, else its text or bytes in a string.
    private func bodyJSON(_ record: Record) -> [UInt8] {
        guard let value = record.value.map({ Array($0) }) else { return Array("null".utf8) }
        if let masked = Mask.body(value) {
            // A line is a line: spaces between members go, also unmasked.
            return unmask ? value.filter { $0 != 10 && $0 != 13 } : masked
        }
        guard unmask else { return Mask.stars }
        var text = JSONText()
        text.string(String(validating: value, as: UTF8.self) ?? Data(value).base64EncodedString())
        return text.bytes
    }

    private func bodyText(_ record: Record) -> String {
        guard let value = record.value.map({ Array($0) }) else { return "null (a tombstone)" }
        if let masked = Mask.body(value) {
            return String(decoding: unmask ? value.filter { $0 != 10 && $0 != 13 } : masked, as: UTF8.self)
        }
        return unmask ? Self.any(value[...]) : "*** (\(value.count) bytes, no JSON object; --unmask shows them)"
    }

    static func text(_ bytes: ArraySlice<UInt8>?) -> String? {
        bytes.flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Text as it is, other bytes as base64.
    static func any(_ bytes: ArraySlice<UInt8>?) -> String {
        guard let bytes else { return "null" }
        return text(bytes).map(printable) ?? "base64:\(Data(bytes).base64EncodedString())"
    }

    /// In one line, and without what a terminal would obey.
    static func printable(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { !($0.properties.generalCategory == .control) }
        return isPlain ? text : text.debugDescription
    }
}
