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
        func shown(_ text: String?) -> String? { text.map { Self.printable(label($0)) } }
        var parts = [place(record), time(record) ?? "no-time", shown(decoded.type) ?? "no-type"]
        parts.append(shown(decoded.dealership) ?? key(decoded) ?? "no-key")
        if let subject = shown(decoded.subject) { parts.append(subject) }
        if let id = shown(decoded.id) { parts.append("id=\(id)") }
        parts.append(bodyText(decoded))
        if let refusal = decoded.refusal { parts.append("REFUSED \(refusal)") }
        if !decoded.isKnownType { parts.append("(a type that this version does not know)") }
        return parts.joined(separator: "  ")
    }

    /// A record in full.
    func page(_ decoded: DecodedRecord) -> [String] {
        let record = decoded.record
        var lines = [
            place(record), "  time     \(time(record) ?? "none")", "  key      \(key(decoded) ?? "null")",
        ]
        lines += record.headers.map { "  header   \(Self.printable($0.name)) = \(value(of: $0) ?? "null")" }
        lines.append("  body     \(bodyText(decoded))")
        if let refusal = decoded.refusal {
            lines.append("  refused  \(refusal): a dead letter for every service that reads this topic")
        } else if !decoded.isKnownType {
            lines.append("  skipped  services of this version do not know the type")
        }
        return lines
    }

    func time(_ record: Record) -> String? {
        record.timestamp < 0 ? nil : Timestamp(milliseconds: record.timestamp).description
    }

    private func bodyText(_ decoded: DecodedRecord) -> String {
        guard let value = decoded.record.value else { return "null (a tombstone)" }
        if let body = body(decoded) { return String(decoding: body, as: UTF8.self) }
        return unmask ? Self.any(value) : "*** (\(value.count) bytes, no JSON object; --unmask shows them)"
    }

    /// The body in one line, where it is an object.
    func body(_ decoded: DecodedRecord) -> ArraySlice<UInt8>? {
        guard decoded.isObject, let value = decoded.record.value else { return nil }
        guard unmask else { return Mask.object(Array(value))[...] }
        // A line is a line: spaces between members go, also unmasked.
        func isBreak(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }
        return value.contains(where: isBreak) ? value.filter { !isBreak($0) }[...] : value
    }

    // MARK: What surrounds a body

    func label(_ text: String) -> String {
        if unmask { return text }
        let shown = Mask.label(text)
        // A decision is about a place, and a large offset is no phone.
        guard shown != text, let place = RecordPlace(argument: text) else { return shown }
        return names.topic(named: place.topic) == nil ? shown : text
    }

    /// Nil where there is none.
    func key(_ decoded: DecodedRecord) -> String? {
        guard let key = decoded.record.key else { return nil }
        if unmask { return Self.any(key) }
        // A key that is not of the event's dealership may be anything.
        guard decoded.refusal?.reason != "invalid-key" else { return Mask.hidden }
        return label(key)
    }

    /// Nil where it has none.
    func value(of header: Header) -> String? {
        guard let value = header.value else { return nil }
        if unmask { return Self.any(value[...]) }
        guard Mask.showsHeader(header.name) else { return Mask.hidden }
        return header.name.hasPrefix("ce_") ? label(value[...]) : Self.any(value[...])
    }

    private func label(_ bytes: ArraySlice<UInt8>) -> String {
        Self.text(bytes).map { Self.printable(label($0)) } ?? Mask.hidden
    }

    // MARK: As text

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
