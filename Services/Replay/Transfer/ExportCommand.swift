import ArgumentParser
import Foundation
import Kafka

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes records of a selection as lines of JSON, with all that they have.",
        discussion: """
            A line has topic, partition, offset, timestamp, key, headers and value. What is no text is base64 in \
            keyBase64 and valueBase64; a missing key or value is null, which differs from an empty one. `import` takes \
            these lines. It ends where the topic ended when it began.

            EXAMPLE
              replay export messages --dealership example-motors --unmask --output example-motors.jsonl
              replay export deal-created --from -1d --unmask | jq -r .value

            EXIT CODES
              0   written
              2   refused: there is no such topic, partition or offset, or no --unmask
              3   the cluster did not answer; --output is not there then
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @OptionGroup var selection: Selection

    @Option(help: "File to write to, readable by its owner only; standard output, unless given.")
    var output: String?

    @Flag(help: "Needed: lines have names, phones, e-mail addresses and texts as they are.")
    var unmask = false

    @OptionGroup var options: LogOptions

    func run() async throws {
        try await perform(options) { session in
            guard unmask else {
                throw Refusal(
                    "an export keeps what is personal, or it could not be imported: say --unmask, and keep the lines as "
                        + "you keep the log. `replay tail --json` shows the same records masked")
            }
            let selected = try await SelectedRecords(selection, session)
            try session.checkMayBeKept(selected.topic)
            let file = try ExportFile(output)
            var count = 0
            var line = ProgressLine(selected.topic, of: selected.toRead)
            try await selected.read { records, read in
                try file.write(records)
                count += records.count
                line.advance(read)
            }
            try file.finish()
            Output.say("\(count) records of \(selected.topic)\(output.map { " are in \($0)" } ?? "")")
            return .done
        }
    }
}

/// Lines to a file, which has its name once it is whole, or to standard output.
private struct ExportFile {
    private let path: String?
    private let handle: FileHandle

    private var temporary: String { (path ?? "") + ".part" }

    init(_ path: String?) throws {
        self.path = path
        guard let path else {
            handle = .standardOutput
            return
        }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Refusal("\(path) exists: name another file")
        }
        let part = path + ".part"
        guard FileManager.default.createFile(atPath: part, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: part)
        else { throw Refusal("cannot write \(part)") }
        self.handle = handle
    }

    /// One buffer for a batch: a line's own would be one for each record, and copied.
    func write(_ records: [Record]) throws {
        guard !records.isEmpty else { return }
        var text = JSONText(capacity: records.count * Limits.lineBytes)
        for record in records { text.line { ExportedRecord.write(record, to: &$0) } }
        try handle.write(contentsOf: text.bytes)
    }

    func finish() throws {
        guard let path else { return }
        try handle.synchronize()
        try handle.close()
        try FileManager.default.moveItem(atPath: temporary, toPath: path)
    }
}
