import ArgumentParser
import Contracts
import Foundation

/// Flags, and what is made of them: `DeadAmendment` makes the copy, `DeadLetterRun` appends it.
struct DeadAmendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amend",
        abstract: "Appends a corrected copy of a dead letter, under a new id that names the old one.",
        discussion: """
            The copy is a record of type dead-letter.amended on the dead letter's topic. Every service that refused the \
            letter folds the copy as the event it is, exactly once, and shows the letter as amended in \
            GET /v1/dead-letters; a service that had no trouble with the letter folds nothing. Every rebuild knows it. \
            What is not given is taken from the letter, as far as it can be read. If the letter stood on another \
            partition than its dealership's, the record goes to both.

            EXAMPLE
              replay show messages/3/1021 --unmask --json | jq .body > letter.json
              (correct letter.json)
              replay dead amend messages/3/1021 --data letter.json --cluster production \
            --reason "DC-1021: text was a number"

            \(DecisionOptions.help)
            """)

    @OptionGroup var decision: DecisionOptions

    @Option(help: "File with the corrected JSON value.")
    var data: String?

    @Option(help: "The event's type, such as message.received.")
    var type: String?

    @Option(help: "Whose it is.")
    var dealership: String?

    @Option(help: "The service that said it, such as ingest.")
    var service: String?

    @Option(help: "The conversation's or the deal's id.")
    var subject: String?

    @Option(help: "When it happened, RFC 3339.")
    var time: String?

    @Flag(help: "The letter was amended before, and the copy was refused too.")
    var again = false

    func run() async throws {
        var correction = DeadAmendment.Correction(
            type: type, dealership: dealership, service: service, subject: subject)
        if let data {
            guard let bytes = FileManager.default.contents(atPath: data) else {
                throw ValidationError("--data: \(data) cannot be read.")
            }
            correction.data = Array(bytes)
        }
        if let time {
            guard let time = Timestamp(time) else { throw ValidationError("--time: '\(time)' is not RFC 3339.") }
            correction.time = time
        }
        let (given, again) = (correction, again)
        try await DeadLetterRun.command(self, decision) { run in
            try await run.append(again: again) { record in
                try DeadAmendment(record: record, correction: given)
                    .decision(about: run.reference(to: record), run.purpose, on: run.partitions)
            }
        }
    }
}
