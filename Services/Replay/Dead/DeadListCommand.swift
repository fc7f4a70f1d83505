import ArgumentParser

struct DeadListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists dead letters, with their records, which are still in the log.",
        discussion: """
            EXAMPLE
              replay dead ls --service conversations --reason invalid-field
              replay dead ls --dealership example-motors --json | jq .record.refused

            EXIT CODES
              0   listed, also when there are none
              2   no token, or a service did not accept it
              3   the cluster or an instance did not answer: what the others told is shown
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            \(ServiceClient.environmentHelp)
            """)

    @OptionGroup var dead: DeadOptions

    @Option(help: "No more than this many.")
    var limit = Limits.deadLetters

    @Flag(help: "Show what is personal.")
    var unmask = false

    @OptionGroup var options: LogOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit: \(limit) is not at least 1.") }
    }

    func run() async throws {
        try await perform(options) { session in
            let report = try await DeadReport(dead, session, limit: limit)
            let view = RecordView(names: session.names, unmask: unmask)
            for letter in report.letters.prefix(limit) {
                if session.isJSON {
                    Output.lines([report.json(letter, view)])
                } else {
                    Output.result(report.line(letter, view))
                }
            }
            if report.letters.count > limit {
                Output.say("and \(report.letters.count - limit) more: --limit \(report.letters.count) shows them")
            }
            return report.verdict
        }
    }
}
