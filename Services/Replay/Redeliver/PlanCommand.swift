import ArgumentParser
import Contracts
import Foundation
import Kafka

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Writes down exactly what a redelivery would do, and changes nothing.",
        discussion: """
            The plan has frozen offsets, counts and bytes by partition, first and last time, types, dealerships, how \
            many of the records the target has already (by ce_source and ce_id: what a subscriber that keeps these \
            passes over), and the time it will take. Copies that an earlier redelivery made are left out, unless \
            --include-copies. Copies keep their time, so the target's topic must keep records as old as these \
            (retention.ms) and take records as large (max.message.bytes).

            EXAMPLE: a subscriber lost Saturday, and reads a topic of its own
              replay redeliver plan deal-created --from 2026-08-22T00:00:00-05:00 --to 2026-08-23T00:00:00-05:00 \
            --to-topic dms.deals-again --reason "DMS lost Saturday, ticket 4711" --plan saturday.json
              replay redeliver apply saturday.json --cluster production

            EXIT CODES
              0   the plan is written
              2   refused: nothing is meant, there is no such topic, another number of partitions, the topic would not \
            keep or take the records, the file exists
              3   a cluster did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
              KAFKA_TARGET_BOOTSTRAP_SERVERS and KAFKA_TARGET_<NAME> (KAFKA_TARGET_SASL_USERNAME is sasl.username of the \
            target), DIRECTCHAT_CLUSTER_NAME, DIRECTCHAT_TARGET_CLUSTER_NAME
            """)

    @OptionGroup var selection: Selection

    @Option(help: "Topic to write to: the same one, unless given.")
    var toTopic: String?

    @OptionGroup var target: TargetOptions

    @Option(help: "File to write the plan to.")
    var plan: String

    @Option(help: "Records per second.")
    var rate = Limits.deliveryRate

    @Flag(help: "Also what earlier redeliveries have put there.")
    var includeCopies = false

    @OptionGroup var purpose: Purpose
    @OptionGroup var options: LogOptions

    func validate() throws {
        guard Limits.deliveryRates.contains(rate) else {
            throw ValidationError("--rate: \(rate) is not within \(Limits.deliveryRates).")
        }
    }

    func run() async throws {
        try await perform(options) { session in
            guard !FileManager.default.fileExists(atPath: plan) else {
                throw Refusal("\(plan) exists: name another file, or delete it if it is of no use")
            }
            let cluster = try await TargetCluster(target, session)
            let made: Plan
            do {
                var selected = try await SelectedRecords(selection, session)
                try session.checkMayBeKept(selected.topic)
                if !includeCopies { selected.leaveOutCopies() }
                made = try await Planning(
                    session: session, selected: selected, target: cluster,
                    targetTopic: toTopic.map(session.topic) ?? selected.topic
                ).plan(purpose, rate: rate)
            } catch {
                await cluster.close()
                throw error
            }
            await cluster.close()
            var sealed = made
            try DurableFile.write(try sealed.sealed(), to: plan)
            if session.isJSON {
                Output.result(try Output.json(sealed))
            } else {
                Output.result(sealed.lines(path: plan).joined(separator: "\n"))
            }
            return .done
        }
    }
}

extension Plan {
    func lines(path: String) -> [String] {
        var lines = [
            "\(records) records, \(bytes) bytes, of \(source.topic) on \(source.cluster) to \(target.topic) on "
                + "\(target.cluster)",
            "the target has \(alreadyThere) of them already; at \(rate)/s it takes \(estimatedSeconds) s", "",
        ]
        lines += Table.lines(
            [["PARTITION", "OFFSETS", "RECORDS", "BYTES", "FIRST TIME", "LAST TIME"]]
                + parts.map { part in
                    [
                        "\(part.partition)", "\(part.first.offset)..\(part.last.offset + 1)", "\(part.records)",
                        "\(part.bytes)", part.firstTime?.description ?? "-", part.lastTime?.description ?? "-",
                    ]
                })
        func counts(_ counts: [String: Int]) -> String {
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\(RecordView.printable($0)) \($1)" }
                .joined(separator: ", ")
        }
        lines += ["", "types: \(counts(types))", "dealerships: \(counts(dealerships))", ""]
        let decisions = types.filter { $0.key.hasPrefix("dead-letter.") }.values.reduce(0, +)
        if decisions > 0, !isToItself { lines += [Import.warning(decisions, target.topic), ""] }
        let flag = WriteGuard.isPublic(target.topic) ? " --i-know-subscribers-will-see-this" : ""
        lines.append(
            "nothing was written. Within the hour: replay redeliver apply \(path) --cluster \(target.cluster)\(flag)")
        return lines
    }
}
