import ArgumentParser
import Contracts
import Kafka

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one record in full, decoded as far as it goes.",
        discussion: """
            EXAMPLE
              replay show messages/3/1207
              replay show messages/3/1207 --unmask

            EXIT CODES
              0   shown
              2   no record stands there
              3   the cluster did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @Argument(help: ArgumentHelp("Where it stands.", valueName: "topic/partition/offset"))
    var place: RecordPlace

    @Flag(help: "Show what is personal.")
    var unmask = false

    @OptionGroup var options: LogOptions

    func run() async throws {
        try await perform(options) { session in
            let (record, partitions) = try await session.record(place)
            let view = RecordView(names: session.names, unmask: unmask)
            let decoded = DecodedRecord(record, partitions: partitions)
            if session.isJSON {
                Output.lines([view.json(decoded)])
            } else {
                Output.result(view.page(decoded).joined(separator: "\n"))
            }
            return .done
        }
    }
}

extension Session {
    /// - Throws: `Refusal` where none stands there.
    func record(_ place: RecordPlace) async throws -> (record: Record, partitions: Int32) {
        let topic = topic(place.topic)
        let partitions = try await partitionCount(topic)
        guard place.partition < partitions else { throw Refusal("\(topic) has \(partitions) partitions") }
        let partition = TopicPartition(topic, place.partition)
        guard let record = try await scan.record(partition, place.offset) else {
            let range = try await admin.offsets([partition])[partition] ?? 0..<0
            throw Refusal(
                "no record stands at \(place.offset): \(partition) has the offsets \(range.lowerBound)..\(range.upperBound)"
            )
        }
        return (record, partitions)
    }
}
