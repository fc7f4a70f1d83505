import ArgumentParser
import Kafka

struct OffsetsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows what a group has committed, and how far that is behind.",
        discussion: """
            EXAMPLE
              replay offsets show dms

            EXIT CODES
              0   shown
              2   nobody knows such a group
              3   the cluster did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @Argument(help: "The group.")
    var group: String

    @OptionGroup var options: LogOptions

    struct Row: Encodable {
        var topic: String
        var partition: Int32
        var committed: Int64
        var oldest: Int64
        var end: Int64
        var lag: Int64
    }

    func run() async throws {
        try await perform(options) { session in
            let offsets = GroupOffsets(group: group, admin: session.admin)
            let committed = try await offsets.committed()
            let description = try await session.admin.describeGroup(group)
            guard !committed.isEmpty || !description.members.isEmpty else {
                throw Refusal(
                    "no group \(group) has members or offsets; `replay groups --all` names those that there are")
            }
            let ranges = try await session.admin.offsets(Array(committed.keys))
            let rows = committed.map { place, offset in
                let range = ranges[place] ?? 0..<0
                return Row(
                    topic: place.topic, partition: place.partition, committed: offset, oldest: range.lowerBound,
                    end: range.upperBound, lag: max(0, range.upperBound - offset))
            }.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
            if session.isJSON {
                for row in rows { Output.result(try Output.json(row)) }
                return .done
            }
            Output.result("\(group): \(description.state), \(description.members.count) members")
            let table = rows.map {
                [$0.topic, "\($0.partition)", "\($0.committed)", "\($0.oldest)", "\($0.end)", "\($0.lag)"]
            }
            for line in Table.lines([["TOPIC", "PARTITION", "COMMITTED", "OLDEST", "END", "LAG"]] + table) {
                Output.result(line)
            }
            return .done
        }
    }
}
