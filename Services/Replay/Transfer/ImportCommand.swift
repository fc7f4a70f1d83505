import ArgumentParser
import Contracts
import Kafka

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Appends the lines of an export to a topic, each exactly as it was.",
        discussion: """
            Partition, key, headers, time and value are the line's; topic and offset are not. All lines are read before \
            anything is written. --dry-run writes nothing.

            It may be stopped at any moment, by Ctrl-C, SIGTERM or kill -9: between two batches the checkpoint \
            (FILE.checkpoint) is on disk, and the same command looks at the target's end for what the last batch has \
            brought there and goes on behind it. A line without a time gets that of its sending, and may be repeated. \
            Lines keep their time, so the topic must keep records as old as these (retention.ms) and take records as \
            large (max.message.bytes). The checkpoint is of this file, topic and cluster: for another one move it away.

            \(WriteGuard.help)
            \(Audit.help)

            EXAMPLE
              replay import example-motors.jsonl --topic staging.messages --dry-run --reason "ticket 4711"
              replay import example-motors.jsonl --topic staging.messages --cluster staging --reason "ticket 4711"

            EXIT CODES
              0   done, or done already
              2   refused, nothing was written by this run: a wrong line, one that the topic would not keep or take, a \
            checkpoint of something else, a guard rail
              3   something failed on the way: the same command goes on where this one was
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
              KAFKA_TARGET_BOOTSTRAP_SERVERS and KAFKA_TARGET_<NAME>, DIRECTCHAT_CLUSTER_NAME, \
            DIRECTCHAT_TARGET_CLUSTER_NAME, DIRECTCHAT_REPLAY_AUDIT
            """)

    @Argument(help: ArgumentHelp("Lines of `export`.", valueName: "file"))
    var file: String

    @Option(help: "The topic to append to, by its short or full name.")
    var topic: String

    @Flag(help: "Only say what would be written.")
    var dryRun = false

    @Option(help: "Records per second.")
    var rate = Limits.deliveryRate

    @OptionGroup var purpose: Purpose
    @OptionGroup var guardRails: WriteGuard
    @OptionGroup var target: TargetOptions
    @OptionGroup var options: LogOptions

    struct Report: Encodable {
        var topic: String
        var cluster: ClusterIdentity
        var records: Int
        var sent: Int
        var perPartition: [String: Int]
    }

    func validate() throws {
        guard Limits.deliveryRates.contains(rate) else {
            throw ValidationError("--rate: \(rate) is not within \(Limits.deliveryRates).")
        }
    }

    func run() async throws {
        try await perform(options, afterFailure: "The same command goes on where this one was.") { session in
            let lock = try FileLock(file)
            let cluster = try await TargetCluster(target, session)
            defer { withExtendedLifetime(lock) {} }
            let verdict: Verdict
            do {
                verdict = try await take(session, cluster)
            } catch {
                await cluster.close()
                throw error
            }
            await cluster.close()
            return verdict
        }
    }

    private func take(_ session: Session, _ cluster: TargetCluster) async throws -> Verdict {
        let name = session.topic(topic)
        if !dryRun { try guardRails.check(cluster.identity, topic: name) }
        guard let partitions = try await cluster.admin.partitionCount(name) else {
            throw Refusal("there is no topic \(name) on \(cluster.identity)")
        }
        let lines = ExportLines(path: file)
        let into = try await cluster.topic(name)
        let work = Import(lines: lines, into: into, partitions: partitions, target: cluster)
        let counts = try await work.count()
        guard counts.records > 0 else { throw Refusal("\(file) has no records") }
        if counts.decisions > 0 { Output.say(Import.warning(counts.decisions, name)) }
        let hash = try lines.sha256()
        let path = file + ".checkpoint"
        let subject = "\(hash) \(cluster.identity.id ?? cluster.identity.description) \(name)"
        let known = try Checkpoint.read(path, of: subject)
        if known?.isDone != true {
            let seconds = Int64(Plan.seconds(counts.records, rate: rate))
            try into.checkKeeps(counts.oldest, until: Timestamp.now.adding(milliseconds: seconds * 1_000))
        }
        var report = Report(
            topic: name, cluster: cluster.identity, records: known?.written ?? 0, sent: 0,
            perPartition: Dictionary(uniqueKeysWithValues: counts.perPartition.map { ("\($0)", $1) }))
        if dryRun {
            try tell(report, of: counts, session)
            return .done
        }
        guard known?.isDone != true else {
            Output.say("\(file) was imported already; delete \(path) to import it again")
            try tell(report, of: counts, session)
            return .done
        }
        let start: Checkpoint
        if let known {
            start = try await work.resume(known)
        } else {
            start = try await work.start(counts, subject)
        }
        // Before the first record: a run that is killed after that can tell what of the target is its own.
        try start.write(path)
        let audit = Audit(beside: file, session)
        func entry(_ event: String, _ records: Int) -> Audit.Entry {
            Audit.Entry(
                event: event, command: "import", by: purpose.person, reason: purpose.reason,
                cluster: cluster.identity, subject: file, sha256: hash, records: records, detail: "to \(name)")
        }
        try audit.write(entry(known == nil ? "begun" : "resumed", start.written))
        let producer = try cluster.producer(to: into, session)
        var delivery = Delivery(
            producer, rate: rate, checkpoint: start, path: path, name, of: counts.records - start.written)
        try await work.send(&delivery)
        _ = await producer.close(timeout: .seconds(1))
        try audit.write(entry("done", delivery.checkpoint.written))
        report.records = delivery.checkpoint.written
        report.sent = report.records - start.written
        try tell(report, of: counts, session)
        return .done
    }

    private func tell(_ report: Report, of counts: Import.Counts, _ session: Session) throws {
        if session.isJSON { return Output.result(try Output.json(report)) }
        let rows = counts.perPartition.sorted { $0.key < $1.key }.map { ["\($0)", "\($1)"] }
        for line in Table.lines([["PARTITION", "RECORDS"]] + rows) { Output.result(line) }
        Output.result(
            dryRun
                ? "\(counts.records) records, \(counts.bytes) bytes, for \(report.topic) on \(report.cluster); nothing was "
                    + "written"
                : "\(report.records) of \(counts.records) records are in \(report.topic) on \(report.cluster), "
                    + "\(report.sent) of them by this run")
    }
}
