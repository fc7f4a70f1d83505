import ArgumentParser
import Contracts
import Foundation
import Kafka

struct OffsetsResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Sets where a subscriber's group goes on, while it is stopped.",
        discussion: """
            Shows old and new, and how many records will be read again or skipped; nothing is changed without --apply. \
            The group must have no members, and the broker is asked. Before the change the old offsets are on disk in \
            --save, from which `offsets undo` puts them back.

            \(WriteGuard.help)
            \(Audit.help)

            EXAMPLE
              replay offsets reset dms deal-created --to-position 2026-08-22T00:00:00-05:00 --reason "lost Saturday"
              replay offsets reset dms deal-created --to-position 2026-08-22T00:00:00-05:00 --reason "lost Saturday" \
            --apply --save dms-before.json --cluster production

            EXIT CODES
              0   shown, or set
              2   refused, nothing was changed
              3   something failed, or somebody has committed at the same moment; --save is there if it had come that far
              64  wrong flags or settings

            It may be stopped at any moment: either the old offsets hold or the new ones.

            \(LogOptions.environmentHelp)
            """)

    @Argument(help: "The group.")
    var group: String

    @Argument(help: "The topic, by its short or full name.")
    var topic: String

    @Option(help: "Only this partition; may be repeated.")
    var partition: [Int32] = []

    @Option(
        parsing: .unconditional,
        help: "earliest, latest, an offset, a time (2026-08-22T19:03:27Z, or -2h), or +100 or -100: forward or back.")
    var toPosition: String

    @Option(help: "File to save the old offsets in; needed with --apply.")
    var save: String?

    @Flag(help: "Set them.")
    var apply = false

    @OptionGroup var purpose: Purpose
    @OptionGroup var guardRails: WriteGuard
    @OptionGroup var options: LogOptions

    func validate() throws {
        _ = try Position(toPosition, now: .now)
        if apply, save == nil { throw ValidationError("--apply needs --save FILE, for the way back.") }
    }

    func run() async throws {
        try await perform(options) { session in
            let offsets = GroupOffsets(group: group, admin: session.admin)
            try offsets.checkSubscriber(session.names, ["ingest", "presence", "conversations", "qualification"])
            try await offsets.checkInactive()
            let cluster = try await session.cluster()
            let change = OffsetChange(
                group: group, cluster: cluster, madeAt: .now, by: purpose.person, reason: purpose.reason,
                rows: try await rows(session))
            if session.isJSON {
                Output.result(try Output.json(change))
            } else {
                Output.result(change.lines().joined(separator: "\n"))
            }
            guard apply, let save else {
                Output.say("nothing was changed: --apply --save FILE --cluster \(cluster) sets them")
                return .done
            }
            try guardRails.check(cluster)
            guard !FileManager.default.fileExists(atPath: save) else {
                throw Refusal("\(save) exists, and may be the way back from another change: name another file")
            }
            try change.write(to: save)
            let audit = Audit(beside: save, session)
            func entry(_ event: String) -> Audit.Entry {
                Audit.Entry(
                    event: event, command: "offsets reset", by: change.by, reason: change.reason, cluster: cluster,
                    subject: group, detail: "\(session.topic(topic)) to \(toPosition); before: \(save)")
            }
            try audit.write(entry("begun"))
            try await offsets.set(change.offsets)
            try audit.write(entry("done"))
            Output.say("set; the way back: replay offsets undo \(save) --apply --cluster \(cluster) --reason …")
            return .done
        }
    }

    private func rows(_ session: Session) async throws -> [OffsetChange.Row] {
        let name = session.topic(topic)
        let count = try await session.partitionCount(name)
        if let wrong = partition.first(where: { !(0..<count).contains($0) }) {
            throw Refusal("\(name) has \(count) partitions, and so none of number \(wrong)")
        }
        let places = (partition.isEmpty ? Array(0..<count) : Array(Set(partition)).sorted()).map {
            TopicPartition(name, $0)
        }
        let old = try await session.admin.committed(places, group: group)
        let ranges = try await session.admin.offsets(places)
        let position = try Position(toPosition, now: .now)
        var times: [TopicPartition: Int64] = [:]
        if case .time(let time) = position { times = try await session.admin.offsets(places, at: time.milliseconds) }
        return places.map { place in
            let range = ranges[place] ?? 0..<0
            return OffsetChange.Row(
                topic: place.topic, partition: place.partition, old: old[place],
                new: position.offset(in: range, committed: old[place], atTime: times[place]), oldest: range.lowerBound,
                end: range.upperBound)
        }
    }
}
