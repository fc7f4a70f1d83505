import Contracts
import Foundation
import Kafka

extension RecordView {
    func json(_ decoded: DecodedRecord) -> [UInt8] {
        JSONText.object { write(decoded, to: &$0) }
    }

    /// The members of the record's object.
    func write(_ decoded: DecodedRecord, to json: inout JSONText) {
        let record = decoded.record
        json.place(record)
        json.name("time")
        json.string(time(record))
        if unmask {
            ExportedRecord.write("key", record.key, to: &json)
        } else {
            json.name("key")
            json.string(key(decoded))
        }
        json.name("event")
        json.object { json in
            let members = [
                ("id", decoded.id), ("type", decoded.type), ("source", decoded.source),
                ("dealership", decoded.dealership), ("subject", decoded.subject), ("time", decoded.time),
            ]
            for case (let name, let value?) in members {
                json.name(name)
                json.string(label(value))
            }
        }
        json.name("headers")
        json.array { json in
            for header in record.headers where !header.name.hasPrefix("ce_") {
                json.object { write(header, to: &$0) }
            }
        }
        json.name("body")
        writeBody(decoded, to: &json)
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

    private func write(_ header: Header, to json: inout JSONText) {
        guard !unmask else { return ExportedRecord.write(header, to: &json) }
        json.name("name")
        json.string(header.name)
        json.name("value")
        json.string(value(of: header))
    }

    /// A JSON value: the body where it is an object, else its text or bytes in a string.
    private func writeBody(_ decoded: DecodedRecord, to json: inout JSONText) {
        guard let value = decoded.record.value else { return json.string(nil) }
        if let body = body(decoded) { return json.raw(body) }
        guard unmask else { return json.string(Mask.hidden) }
        json.string(Self.text(value) ?? Data(value).base64EncodedString())
    }
}
