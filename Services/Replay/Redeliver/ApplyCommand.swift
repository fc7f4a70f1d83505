import ArgumentParser
import Contracts
import Foundation
import Kafka

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Carries a plan out.",
        discussion: """
            Each record keeps its key, partition, headers, time and ce_id, and gets the headers dc_redelivery_id, _of \
            (topic/partition/offset), _by, _reason and _at. A subscriber that keeps the ids that it has applied passes \
            over what it has. The rate and the time that is left are on standard error.

            It may be stopped at any moment, by Ctrl-C, SIGTERM or kill -9: between two batches the checkpoint \
            (FILE.checkpoint) is on disk, and the same command looks at the target's end for what the last batch has \
            brought there and goes on behind it, without loss and without a repeat. A plan that was begun can be \
            finished when it is older than an hour.

            \(WriteGuard.help)
            \(Audit.help)

            EXAMPLE
              replay redeliver apply saturday.json --cluster production --rate 200

            EXIT CODES
              0   done, or done already
              1   all that was still there was sent, but some of what was planned was not there any more
              2   refused, nothing was written by this run: the plan is old or was changed, another redelivery has \
            written there since, the topic is not the one it was made for, a guard rail
              3   something failed on the way: the same command goes on where this one was
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
              KAFKA_TARGET_<NAME> for the target's settings, as for `plan`, DIRECTCHAT_CLUSTER_NAME, \
            DIRECTCHAT_TARGET_CLUSTER_NAME, DIRECTCHAT_REPLAY_AUDIT
            """)

    @Argument(help: ArgumentHelp("The plan.", valueName: "file"))
    var plan: String

    @Option(help: "Records per second; the plan's, unless given.")
    var rate: Int?

    @OptionGroup var guardRails: WriteGuard
    @OptionGroup var target: TargetOptions
    @OptionGroup var options: LogOptions

    struct Report: Encodable {
        var id: String
        var topic: String
        var cluster: ClusterIdentity
        /// All that the plan has put there, and those of this run.
        var records: Int
        var sent: Int
        var seconds: Double
        var difference: String?
    }

    func validate() throws {
        if let rate, !Limits.deliveryRates.contains(rate) {
            throw ValidationError("--rate: \(rate) is not within \(Limits.deliveryRates).")
        }
    }

    func run() async throws {
        try await perform(options, afterFailure: "The same command goes on where this one was.") { session in
            let lock = try FileLock(plan)
            let made = try Plan(file: FileManager.default.contents(atPath: plan) ?? Data(), path: plan)
            let cluster = try await TargetCluster(target, servers: made.target.bootstrapServers, session)
            defer { withExtendedLifetime(lock) {} }
            let verdict: Verdict
            do {
                verdict = try await apply(made, session, cluster)
            } catch {
                await cluster.close()
                throw error
            }
            await cluster.close()
            return verdict
        }
    }

    private func apply(_ made: Plan, _ session: Session, _ cluster: TargetCluster) async throws -> Verdict {
        try guardRails.check(cluster.identity, topic: made.target.topic)
        let redelivery = Redelivery(plan: made, session: session, target: cluster)
        try await redelivery.check()
        let path = plan + ".checkpoint"
        let known = try Checkpoint.read(path, of: made.sha256)
        let place = try await redelivery.place(known)
        let isBegun = known != nil || place.written > 0
        if !isBegun { try made.checkAge(now: .now) }
        let audit = Audit(beside: plan, session)
        func entry(_ event: String, _ records: Int, _ detail: String? = nil) -> Audit.Entry {
            Audit.Entry(
                event: event, command: "redeliver", by: made.by, reason: made.reason, cluster: cluster.identity,
                subject: made.id, sha256: made.sha256, records: records,
                detail: detail ?? "\(made.source.topic) to \(made.target.topic)")
        }
        let began = ContinuousClock.now
        var final = place
        if known?.isDone != true {
            try audit.write(entry(isBegun ? "resumed" : "begun", place.written))
            let producer = try cluster.producer(to: try await cluster.topic(made.target.topic), session)
            var delivery = Delivery(
                producer, rate: rate ?? made.rate, checkpoint: place, path: path, made.target.topic,
                of: made.records - place.written)
            try await redelivery.send(&delivery)
            _ = await producer.close(timeout: .seconds(1))
            final = delivery.checkpoint
            try audit.write(entry("done", final.written, redelivery.difference(final)))
        }
        let report = Report(
            id: made.id, topic: made.target.topic, cluster: cluster.identity, records: final.written,
            sent: final.written - place.written,
            seconds: Double(Int(began.duration(to: .now) / .milliseconds(100))) / 10,
            difference: redelivery.difference(final))
        try tell(report, audit, session)
        return report.difference == nil ? .done : .differs
    }

    private func tell(_ report: Report, _ audit: Audit, _ session: Session) throws {
        guard !session.isJSON else { return Output.result(try Output.json(report)) }
        let rate = report.seconds > 0 ? " (\(Int(Double(report.sent) / report.seconds))/s)" : ""
        Output.result(
            "\(report.records) records of the plan are in \(report.topic) on \(report.cluster), \(report.sent) of them by "
                + "this run in \(report.seconds) s\(rate); audit: \(audit.path)")
        if let difference = report.difference { Output.result("NOT ALL: \(difference)") }
    }
}
