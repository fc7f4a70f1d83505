import Contracts
import Foundation
import Logging

/// Logs as JSON lines on standard error: `{ts, level, service, instance, label, message, metadata}`.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let service: String
    private let instance: String
    private let write: @Sendable ([UInt8]) -> Void

    init(
        label: String, service: String, instance: String, level: Logger.Level,
        write: @escaping @Sendable ([UInt8]) -> Void = { FileHandle.standardError.write(Data($0)) }
    ) {
        self.label = label
        self.service = service
        self.instance = instance
        logLevel = level
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        var line: [UInt8] = []
        line.reserveCapacity(256)
        func member(_ name: String, _ value: String) {
            line.append(line.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
            JSONText.append(name, to: &line)
            line.append(UInt8(ascii: ":"))
            JSONText.append(value, to: &line)
        }
        member("ts", now.description)
        member("level", event.level.rawValue)
        member("service", service)
        member("instance", instance)
        if label != service { member("label", label) }
        member("message", event.message.description)
        var all = metadata
        if let more = event.metadata { all.merge(more) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        if !all.isEmpty {
            line.append(contentsOf: ",\"metadata\":".utf8)
            Self.append(.dictionary(all), to: &line)
        }
        line.append(contentsOf: "}\n".utf8)
        write(line)
    }

    private static func append(_ value: Logger.Metadata.Value, to line: inout [UInt8]) {
        switch value {
        case .string(let text): JSONText.append(text, to: &line)
        case .stringConvertible(let value): JSONText.append(value.description, to: &line)
        case .array(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(value, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let members):
            line.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                JSONText.append(member.key, to: &line)
                line.append(UInt8(ascii: ":"))
                append(member.value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }
}

/// JSON strings by hand: a log line is too frequent for an encoder, and must not fail.
enum JSONText {
    static func append(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
            case 10: line += Array("\\n".utf8)
            case 0..<32, 127:
                let hex = String(byte, radix: 16)
                line += Array("\\u\(String(repeating: "0", count: 4 - hex.utf8.count))\(hex)".utf8)
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
