import ArgumentParser
import Contracts
import Kafka

struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Lists DirectChat's topics, with what the log has of each.",
        discussion: """
            EXAMPLE
              replay topics
              replay topics --json | jq -r 'select(.records > 0) | .name'

            EXIT CODES
              0   listed
              3   the cluster did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @Flag(help: "All of the cluster's topics.")
    var all = false

    @OptionGroup var options: LogOptions

    struct Row: Encodable {
        var name: String
        /// Of DirectChat's own: kept, compacted or passing.
        var retention: String?
        var partitions: Int32
        var replicas: Int
        /// Offsets that the log has: as many records, unless the topic is compacted.
        var records: Int64
        var oldest: [Int64]
        var next: [Int64]
    }

    func run() async throws {
        try await perform(options) { session in
            let found = try await session.admin.topics().filter { all || $0.name.hasPrefix(session.names.prefix) }
            var rows: [Row] = []
            for topic in found {
                let ranges = try await session.scan.ranges(topic.name, partitions: topic.partitions)
                rows.append(
                    Row(
                        name: topic.name,
                        retention: session.names.topic(named: topic.name).map { "\($0.retention)" },
                        partitions: topic.partitions, replicas: topic.replicas,
                        records: ranges.reduce(0) { $0 + Int64($1.count) }, oldest: ranges.map(\.lowerBound),
                        next: ranges.map(\.upperBound)))
            }
            if session.isJSON {
                for row in rows { Output.result(try Output.json(row)) }
            } else {
                let table = rows.map {
                    [$0.name, $0.retention ?? "-", "\($0.partitions)", "\($0.replicas)", "\($0.records)"]
                }
                for line in Table.lines([["TOPIC", "RETENTION", "PARTITIONS", "REPLICAS", "RECORDS"]] + table) {
                    Output.result(line)
                }
                if rows.isEmpty { Output.say("there is no topic that begins with \(session.names.prefix)") }
            }
            return .done
        }
    }
}
