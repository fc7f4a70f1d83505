import ArgumentParser

struct DeadStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Counts dead letters by service, reason, topic and dealership.",
        discussion: """
            EXAMPLE
              replay dead stats
              replay dead stats --reason invalid-field

            EXIT CODES
              0   counted
              2   no token, or a service did not accept it
              3   the cluster or an instance did not answer: the others' are counted
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            \(ServiceClient.environmentHelp)
            """)

    @OptionGroup var dead: DeadOptions
    @OptionGroup var options: LogOptions

    struct Row: Encodable, Hashable {
        var service: String
        var reason: String
        var topic: String
        var dealership: String?
    }

    private struct Counted: Encodable {
        var row: Row
        var count: Int

        private enum Key: String, CodingKey { case count }

        func encode(to encoder: any Encoder) throws {
            try row.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(count, forKey: .count)
        }
    }

    func run() async throws {
        try await perform(options) { session in
            let report = try await DeadReport(dead, session)
            var counts: [Row: Int] = [:]
            for letter in report.letters {
                let row = Row(
                    service: letter.service, reason: letter.reason, topic: letter.topic,
                    dealership: report.records.dealership(letter))
                counts[row, default: 0] += 1
            }
            func order(_ row: Row) -> (String, String, String, String) {
                (row.service, row.reason, row.topic, row.dealership ?? "")
            }
            let rows = counts.sorted { order($0.key) < order($1.key) }
            if session.isJSON {
                for (row, count) in rows { Output.result(try Output.json(Counted(row: row, count: count))) }
            } else {
                let table = rows.map { [$0.service, $0.reason, $0.topic, $0.dealership ?? "-", "\($1)"] }
                for line in Table.lines([["SERVICE", "REASON", "TOPIC", "DEALERSHIP", "RECORDS"]] + table) {
                    Output.result(line)
                }
            }
            return report.verdict
        }
    }
}
