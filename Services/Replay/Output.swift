import Foundation

/// Results go to standard output, everything else to standard error.
enum Output {
    static func result(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// Lines that are complete but for their ends.
    static func lines(_ lines: [[UInt8]]) {
        var data = Data(capacity: lines.reduce(0) { $0 + $1.count + 1 })
        for line in lines {
            data.append(contentsOf: line)
            data.append(10)
        }
        FileHandle.standardOutput.write(data)
    }

    /// Lines that are complete, with their ends.
    static func whole(lines: [UInt8]) {
        FileHandle.standardOutput.write(Data(lines))
    }

    static func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// A result in one line.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
