/// CloudEvents 1.0, Kafka protocol binding, binary content mode.
public enum CloudEvents {
    public static let contentType = "application/json"
    static let typePrefix = "directchat."
    static let typeSuffix = ".v1"

    /// The record's headers, in a fixed order, so that the same event always makes the same bytes.
    public static func headers(of event: Event) -> [(name: String, value: [UInt8])] {
        headers(id: event.id, source: event.source, type: event.type, time: event.time, subject: event.subject)
            + event.correlation.headers
    }

    static func headers(
        id: String, source: String, type: String, time: Timestamp, subject: String?
    ) -> [(name: String, value: [UInt8])] {
        var headers: [(name: String, value: [UInt8])] = [
            ("ce_specversion", Array("1.0".utf8)),
            ("ce_id", Array(id.utf8)),
            ("ce_source", Array(source.utf8)),
            ("ce_type", Array((typePrefix + type + typeSuffix).utf8)),
            ("ce_time", Array(time.description.utf8)),
        ]
        if let subject { headers.append(("ce_subject", Array(subject.utf8))) }
        headers.append(("content-type", Array(contentType.utf8)))
        return headers
    }

    /// Reads an event from a record.
    ///
    /// - Parameter header: the value of the last header of that name.
    /// - Throws: `MalformedEvent` for what is no CloudEvent, or of no dealership.
    public static func event(
        key: ArraySlice<UInt8>?, value: ArraySlice<UInt8>?, header: (StaticString) -> ArraySlice<UInt8>?
    ) throws(MalformedEvent) -> Event {
        func text(_ name: StaticString) throws(MalformedEvent) -> String {
            guard let bytes = header(name) else { throw MalformedEvent("missing-header", "\(name)") }
            guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
                throw MalformedEvent("invalid-header", "\(name) is not UTF-8 text")
            }
            return text
        }
        guard try text("ce_specversion") == "1.0" else {
            throw MalformedEvent("invalid-header", "ce_specversion is not 1.0")
        }
        let id = try text("ce_id")
        let (dealership, service) = try source(try text("ce_source"))
        let type = try text("ce_type")
        guard let time = Timestamp(try text("ce_time")) else {
            throw MalformedEvent("invalid-header", "ce_time is not RFC 3339")
        }
        guard let content = header("content-type"), isJSON(content) else {
            throw MalformedEvent("invalid-header", "content-type is not application/json")
        }
        guard let key, let key = String(validating: key, as: UTF8.self) else {
            throw MalformedEvent("invalid-key", "no key")
        }
        guard key == dealership || key.hasPrefix(dealership + "/") else {
            throw MalformedEvent("invalid-key", "the key is not of the source's dealership")
        }
        guard let value else { throw MalformedEvent("no-value", "a tombstone is no event") }
        return Event(
            id: id, type: ownType(type), dealership: dealership,
            service: service, subject: header("ce_subject").flatMap { String(validating: $0, as: UTF8.self) },
            time: time, key: key, data: Array(value), correlation: Correlation(header))
    }

    /// Another version's type, or another maker's, stays whole: no fold knows it, and it is skipped and counted.
    private static func ownType(_ type: String) -> String {
        guard type.hasPrefix(typePrefix), type.hasSuffix(typeSuffix),
            type.utf8.count > typePrefix.utf8.count + typeSuffix.utf8.count
            // A bare name of ours would otherwise be taken for ours.
        else { return type.hasPrefix(typePrefix) ? type : "foreign:" + type }
        return String(type.dropFirst(typePrefix.count).dropLast(typeSuffix.count))
    }

    private static func source(_ text: String) throws(MalformedEvent) -> (dealership: String, service: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, parts[1] == "dealerships", Identifier.isValid(parts[2]),
            Identifier.isValid(parts[3])
        else { throw MalformedEvent("invalid-header", "ce_source is not /dealerships/<id>/<service>") }
        return (String(parts[2]), String(parts[3]))
    }

    private static func isJSON(_ contentType: ArraySlice<UInt8>) -> Bool {
        let media = contentType.prefix { $0 != UInt8(ascii: ";") }
        return String(decoding: media, as: UTF8.self).lowercased().filter { $0 != " " } == CloudEvents.contentType
    }
}
