import ArgumentParser
import Contracts
import Kafka

struct OffsetsUndoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Puts back what a group had committed before `offsets reset`.",
        discussion: """
            Nothing is changed without --apply. It refuses if the group has committed since: what was read meanwhile \
            would be read again. --even-if-moved does it all the same.

            \(WriteGuard.help)
            \(Audit.help)

            EXAMPLE
              replay offsets undo dms-before.json --reason "wrong day"
              replay offsets undo dms-before.json --reason "wrong day" --apply --cluster production

            EXIT CODES
              0   shown, or put back
              2   refused, nothing was changed; also where nothing was committed before
              3   something failed, or somebody has committed at the same moment: the same command may be given again
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @Argument(help: ArgumentHelp("What `offsets reset` saved.", valueName: "file"))
    var file: String

    @Flag(help: "Put them back.")
    var apply = false

    @Flag(help: "Also if the subscriber has gone on since.")
    var evenIfMoved = false

    @OptionGroup var purpose: Purpose
    @OptionGroup var guardRails: WriteGuard
    @OptionGroup var options: LogOptions

    func run() async throws {
        try await perform(options) { session in
            let saved = try OffsetChange(file: file)
            let cluster = try await session.cluster()
            guard cluster.isSame(as: saved.cluster) else {
                throw Refusal("\(file) is of the cluster \(saved.cluster), this is \(cluster)")
            }
            let offsets = GroupOffsets(group: saved.group, admin: session.admin)
            try await offsets.checkInactive()
            let places = saved.rows.map(\.place)
            let now = try await session.admin.committed(places, group: saved.group)
            let ranges = try await session.admin.offsets(places)
            let change = OffsetChange(
                group: saved.group, cluster: cluster, madeAt: .now, by: purpose.person, reason: purpose.reason,
                rows: saved.rows.compactMap { row in
                    let range = ranges[row.place] ?? 0..<0
                    return row.old.map {
                        OffsetChange.Row(
                            topic: row.topic, partition: row.partition, old: now[row.place], new: $0,
                            oldest: range.lowerBound, end: range.upperBound)
                    }
                })
            if session.isJSON {
                Output.result(try Output.json(change))
            } else {
                Output.result(change.lines().joined(separator: "\n"))
            }
            for row in saved.rows where row.old == nil {
                Output.say("\(row.place) had nothing committed before, and keeps \(now[row.place] ?? row.new)")
            }
            guard !change.offsets.isEmpty else {
                throw Refusal("\(saved.group) had nothing committed before: there is nothing to put back")
            }
            let isPutBack = change.offsets.allSatisfy { now[$0.key] == $0.value }
            if let moved = saved.rows.first(where: { now[$0.place] != $0.new }), !isPutBack, !evenIfMoved {
                throw Refusal(
                    "\(moved.place) was set to \(moved.new) and stands at "
                        + "\(now[moved.place].map(String.init) ?? "nothing") now: the subscriber has gone on since. If "
                        + "it shall go back all the same, say --even-if-moved")
            }
            guard apply else {
                Output.say("nothing was changed: --apply --cluster \(cluster) puts them back")
                return .done
            }
            try guardRails.check(cluster)
            let audit = Audit(beside: file, session)
            func entry(_ event: String) -> Audit.Entry {
                Audit.Entry(
                    event: event, command: "offsets undo", by: change.by, reason: change.reason, cluster: cluster,
                    subject: saved.group, detail: "back to \(file)")
            }
            try audit.write(entry("begun"))
            try await offsets.set(change.offsets)
            try audit.write(entry("done"))
            Output.say("put back")
            return .done
        }
    }
}
