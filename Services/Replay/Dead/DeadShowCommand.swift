import ArgumentParser
import Shards

struct DeadShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one dead letter: who refuses it and why, and the record in full.",
        discussion: """
            EXAMPLE
              replay dead show messages/3/1207

            EXIT CODES
              0   shown
              1   the record is there, but no service has it as a dead letter
              2   no record stands there, or no token, or a service did not accept it
              3   the cluster or an instance did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            \(ServiceClient.environmentHelp)
            """)

    @Argument(help: ArgumentHelp("Where the record stands.", valueName: "topic/partition/offset"))
    var place: RecordPlace

    @OptionGroup var dead: DeadOptions

    @Flag(help: "Show what is personal.")
    var unmask = false

    @OptionGroup var options: LogOptions

    func run() async throws {
        try await perform(options) { session in
            let (record, partitions) = try await session.record(place)
            var dead = self.dead
            // Whoever names a letter means it, whatever was decided about it.
            dead.settled = true
            let report = try await DeadReport(dead, session, at: place)
            let view = RecordView(names: session.names, unmask: unmask)
            let decoded = DecodedRecord(record, partitions: partitions)
            if session.isJSON {
                Output.lines([
                    JSONText.object { json in
                        view.write(decoded, to: &json)
                        json.name("deadLetterOf")
                        json.array { json in
                            for letter in report.letters {
                                json.object { json in
                                    let members = [
                                        ("service", letter.service), ("reason", letter.reason),
                                        ("detail", letter.detail), ("decision", letter.settled?.decision),
                                    ]
                                    for (name, value) in members {
                                        json.name(name)
                                        json.string(value)
                                    }
                                }
                            }
                        }
                    }
                ])
            } else {
                let whose = report.letters.map {
                    let settled = $0.settled.map { " (\($0.decision) by \($0.by), \($0.at): \($0.reason))" }
                    return "  letter   \($0.service): \($0.reason): \($0.detail)\(settled ?? "")"
                }
                Output.result((view.page(decoded) + whose).joined(separator: "\n"))
            }
            guard report.verdict == .done else { return report.verdict }
            return report.letters.isEmpty ? .differs : .done
        }
    }
}
