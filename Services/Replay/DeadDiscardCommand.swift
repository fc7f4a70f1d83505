import ArgumentParser
import Contracts

/// Flags: `DeadLetterRun` does the work.
struct DeadDiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Settles a dead letter of which nothing is to come.",
        discussion: """
            Appends a record of type dead-letter.discarded to the dead letter's topic and partition. The letter stays in \
            the log, and GET /v1/dead-letters shows it as discarded, with who, why and when. Every rebuild knows it.

            EXAMPLE
              export KAFKA_BOOTSTRAP_SERVERS=kafka-1:9092
              replay dead discard --topic messages --partition 3 --offset 1021 \
            --cluster 4L6g3nShT-eMCtK--X86sw --by "Alex Ray" --reason "DC-1022: a load test's garbage"

            \(DeadLetterOptions.exitCodes)
            """)

    @OptionGroup var options: DeadLetterOptions

    func run() async throws {
        let options = options
        try await DeadLetterRun.command(options) { run in
            try await run.append(again: false) { record in
                var letter = options.place
                letter.eventId = DeadAmendment.id(of: record)
                return .discarded(DeadLetterDiscarded(letter: letter, by: options.by, reason: options.reason))
            }
        }
    }
}
