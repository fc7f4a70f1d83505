import ArgumentParser
import Contracts
import Kafka

struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Shows records as events, the newest of a topic or those of a selection.",
        discussion: """
            Without --from, --offsets and --limit: the last \(Limits.tailRecords) of each partition that are meant. It \
            ends where the topic ended when it began, unless --follow. Names, phones, e-mail addresses and texts are \
            *** unless --unmask. A record that services refuse is shown as far as it can be read, with the reason.

            EXAMPLE
              replay tail messages
              replay tail messages --conversation c-01h2 --from -2h
              replay tail deal-created --follow --json | jq .event.id
              replay tail messages --partition 3 --offsets 1200..1300

            EXIT CODES
              0   shown
              2   there is no such topic, partition or offset
              3   the cluster did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @OptionGroup var selection: Selection

    @Flag(help: "Go on with what comes, until Ctrl-C or --limit.")
    var follow = false

    @Option(help: "Records of each partition to begin with, where nothing else says where.")
    var last = Limits.tailRecords

    @Flag(help: "Show what is personal.")
    var unmask = false

    @OptionGroup var options: LogOptions

    func validate() throws {
        if follow, selection.to != nil { throw ValidationError("--follow has no end, so --to means nothing with it.") }
        guard Limits.tailCounts.contains(last) else {
            throw ValidationError("--last: \(last) is not within \(Limits.tailCounts).")
        }
    }

    func run() async throws {
        try await perform(options) { session in
            var selected = try await SelectedRecords(selection, session)
            let view = RecordView(names: session.names, unmask: unmask)
            let printer = RecordPrinter(view: view, partitions: selected.partitions, isJSON: session.isJSON)
            // Sampled before anything is read: what comes meanwhile is the following's.
            let ends = selected.ranges.mapValues(\.upperBound)
            let isBounded = selection.from != nil || selection.offsets != nil || selection.limit != nil
            var shown = 0
            if isBounded {
                try await selected.read { found, _ in
                    shown += found.count
                    printer.put(found)
                }
            } else if selected.filter == Filter() {
                selected.keepLast(last)
                try await selected.read { found, _ in printer.put(found) }
            } else {
                try await showLast(of: selected, printer)
            }
            if follow, shown < selection.limit ?? .max {
                try await follow(selected, from: ends, session, printer, shown)
            }
            return .done
        }
    }

    private func showLast(of selected: SelectedRecords, _ printer: RecordPrinter) async throws {
        var found: [Int32: [Record]] = [:]
        try await selected.read { records, _ in
            for record in records { found[record.partition, default: []].append(record) }
            for (partition, all) in found where all.count > 2 * Int(last) {
                found[partition] = all.suffix(Int(last))
            }
        }
        for (_, records) in found.sorted(by: { $0.key < $1.key }) { printer.put(records.suffix(Int(last))) }
    }

    private func follow(
        _ selected: SelectedRecords, from ends: [Int32: Int64], _ session: Session, _ printer: RecordPrinter,
        _ before: Int
    ) async throws {
        let reader = try KafkaReader(configuration: session.kafka, logger: session.logger)
        try await reader.start(
            Dictionary(uniqueKeysWithValues: ends.map { (TopicPartition(selected.topic, $0), $1) }))
        var left = (selection.limit ?? .max) - before
        while left > 0, let event = try await reader.next() {
            switch event {
            case .records(let records):
                let found = records.filter(selected.filter.matches).prefix(left)
                left -= found.count
                printer.put(found)
            case .fault(_, let error): throw error
            default: break
            }
        }
        await reader.close()
    }
}

/// Puts records on standard output.
struct RecordPrinter: Sendable {
    let view: RecordView
    let partitions: Int32
    let isJSON: Bool

    func put(_ records: some Sequence<Record>) {
        guard isJSON else { return Output.lines(records.map { Array(view.line(decoded($0)).utf8) }) }
        // One buffer for all: a line's own would be one for each record, and copied.
        var text = JSONText(capacity: records.underestimatedCount * Limits.lineBytes)
        for record in records { text.line { view.write(decoded(record), to: &$0) } }
        Output.whole(lines: text.bytes)
    }

    private func decoded(_ record: Record) -> DecodedRecord { DecodedRecord(record, partitions: partitions) }
}
