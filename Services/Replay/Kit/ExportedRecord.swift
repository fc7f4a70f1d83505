import Foundation
import Kafka

/// A record as a line of JSON that has all of it: bytes that are no text are base64, and what is missing is null.
struct ExportedRecord: Codable, Equatable, Sendable {
    struct HeaderLine: Codable, Equatable, Sendable {
        var name: String
        var value: String?
        var valueBase64: String?
    }

    var topic: String
    var partition: Int32
    var offset: Int64
    /// Milliseconds since 1970; -1 where the broker had none.
    var timestamp: Int64
    var key: String?
    var keyBase64: String?
    var headers: [HeaderLine]
    var value: String?
    var valueBase64: String?

    /// The members of the record's object.
    static func write(_ record: Record, to json: inout JSONText) {
        json.place(record)
        json.name("timestamp")
        json.integer(record.timestamp)
        write("key", record.key, to: &json)
        json.name("headers")
        json.array { json in
            for header in record.headers { json.object { write(header, to: &$0) } }
        }
        write("value", record.value, to: &json)
    }

    static func write(_ header: Header, to json: inout JSONText) {
        json.name("name")
        json.string(header.name)
        write("value", header.value.map { $0[...] }, to: &json)
    }

    /// A member `name`, or `nameBase64` for what is no text.
    static func write(_ name: String, _ bytes: ArraySlice<UInt8>?, to json: inout JSONText) {
        guard let bytes else {
            json.name(name)
            return json.string(nil)
        }
        if isText(bytes) {
            json.name(name)
            json.string(bytes)
        } else {
            json.name(name + "Base64")
            json.string(Data(bytes).base64EncodedString())
        }
    }

    /// ASCII is: no `String` need be made of it to tell, and most values are.
    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.reduce(0, |) < 0x80 || String(validating: bytes, as: UTF8.self) != nil
    }

    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `Mistake` for base64 that is none.
    func record(to topic: String) throws -> OutgoingRecord {
        func bytes(_ name: String, _ text: String?, _ base64: String?) throws -> [UInt8]? {
            guard let base64 else { return text.map { Array($0.utf8) } }
            guard let data = Data(base64Encoded: base64) else { throw Mistake(description: "\(name) is no base64") }
            return Array(data)
        }
        return OutgoingRecord(
            topic: topic, partition: partition, key: try bytes("keyBase64", key, keyBase64),
            value: try bytes("valueBase64", value, valueBase64),
            headers: try headers.map {
                Header(name: $0.name, value: try bytes("a header's valueBase64", $0.value, $0.valueBase64))
            }, timestamp: timestamp < 0 ? nil : timestamp)
    }
}
