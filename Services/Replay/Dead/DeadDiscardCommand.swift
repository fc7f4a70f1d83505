import ArgumentParser
import Contracts

/// Flags: `DeadLetterRun` does the work.
struct DeadDiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Settles a dead letter of which nothing is to come.",
        discussion: """
            Appends a record of type dead-letter.discarded to the dead letter's topic and partition. The letter stays in \
            the log, and GET /v1/dead-letters shows it as discarded, with who, why and when. Every rebuild knows it. \
            A copy that was refused too is a dead letter of its own, and is discarded by its own place.

            EXAMPLE
              replay dead discard messages/3/1021 --cluster production --reason "DC-1022: a load test's garbage"

            \(DecisionOptions.help)
            """)

    @OptionGroup var decision: DecisionOptions

    @Flag(help: "The letter was amended before, and the copy was refused too.")
    var again = false

    func run() async throws {
        let again = again
        try await DeadLetterRun.command(self, decision) { run in
            try await run.append(again: again) { record in
                .discarded(
                    DeadLetterDiscarded(
                        letter: run.reference(to: record), by: run.purpose.person, reason: run.purpose.reason))
            }
        }
    }
}
