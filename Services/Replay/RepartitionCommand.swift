import ArgumentParser
import Contracts
import Kafka
import Logging
import ServiceKit

/// Flags, and what is made of them: `Repartition` does the work.
struct RepartitionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repartition",
        abstract: "Copies the topics of one prefix to another prefix with another number of partitions.",
        discussion: """
            Copies messages, qualifications, deal-created and presence: keys, values, headers and timestamps as they \
            are, each dealership's records in their order, each exactly once. owners is not copied, since a claim is \
            for a partition number; nor are activity and typing, whose old records do not matter. A dead letter stays \
            one and is named. Topics with decisions about dead letters (dead amend, dead discard) are refused: those name \
            offsets, which differ in the copy.

            It may be killed at any moment; the same command goes on where it was. It runs beside the services; a \
            second run after they are stopped copies what came meanwhile.

            EXAMPLE
              export KAFKA_BOOTSTRAP_SERVERS=kafka-1:9092,kafka-2:9092
              replay repartition --from directchat. --to directchat2. --partitions 24
              (stop the services)
              replay repartition --from directchat. --to directchat2. --partitions 24
              replay repartition --from directchat. --to directchat2. --partitions 24 --verify
              (start them with --topic-prefix directchat2. --partitions 24 and new data folders)
            The whole procedure: compose/runbooks/more-partitions.md

            EXIT CODES
              0   copied, or verified and the same
              1   --verify found a difference
              2   refused, nothing was changed: the target has another number of partitions, or records that were not \
            copied from the source
              3   something failed on the way: the same command goes on where it was
              64  wrong flags or settings

            ENVIRONMENT
              KAFKA_BOOTSTRAP_SERVERS and KAFKA_<NAME>, DIRECTCHAT_REPLICATION_FACTOR and \
            DIRECTCHAT_ALLOW_SINGLE_REPLICA, as the services read them; DIRECTCHAT_LOG_LEVEL (warning) is of the \
            Kafka client.
            """)

    @Option(help: "Prefix of the topics to copy from.")
    var from = TopicNames.defaultPrefix

    @Option(help: "Prefix of the topics to make and fill.")
    var to: String

    @Option(
        help: "Partitions of the topics to make (\(Limits.partitions.lowerBound) to \(Limits.partitions.upperBound)).")
    var partitions: Int

    @Flag(help: "Copy nothing; compare the copy with its source.")
    var verify = false

    @Option(help: "File in which this copy keeps its place (<to>repartition.json here); without it a run compares all.")
    var progressFile: String?

    @Flag(help: "The result as JSON.")
    var json = false

    @OptionGroup var options: ClusterOptions

    func validate() throws {
        guard from != to else { throw ValidationError("--from and --to are the same.") }
        for prefix in [from, to] where !TopicPrefix.isValid(prefix) {
            throw ValidationError("'\(prefix)' does not begin a topic's name.")
        }
        guard Limits.partitions.contains(partitions) else {
            throw ValidationError("--partitions: \(partitions) is not within \(Limits.partitions).")
        }
    }

    func run() async throws {
        let cluster: ClusterSettings
        do {
            cluster = try ClusterSettings(clientId: "replay", options: options)
        } catch let error as ConfigurationError {
            throw ValidationError("\(error)")
        }
        let logger = ToolLog.start("replay")
        let verdict: Verdict
        do {
            let report = try await perform(cluster, logger)
            Output.result(try json ? Output.json(report) : report.lines.joined(separator: "\n"))
            verdict = report.verdict
        } catch let refusal as Refusal {
            Output.say("refused: \(refusal)")
            verdict = .refused
        } catch {
            Output.say("failed: \(error)\nThe same command goes on where this one was.")
            verdict = .failed
        }
        try verdict.check()
    }

    private func perform(_ cluster: ClusterSettings, _ logger: Logger) async throws -> RepartitionReport {
        let began = ContinuousClock.now
        let admin = try KafkaAdmin(configuration: cluster.kafka, logger: logger)
        let names = (from: TopicNames(prefix: from), to: TopicNames(prefix: to))
        let route = try await Repartition.route(names.from, to: Int32(partitions), admin)
        let repartition = Repartition(
            from: names.from, to: names.to, route: route, cluster: cluster,
            scan: LogScan(configuration: cluster.kafka, admin: admin, logger: logger))
        var report = RepartitionReport(
            from: from, to: to, partitions: .init(from: route.from, to: route.to), seconds: 0)
        if verify {
            report.verified = try await repartition.verify()
        } else {
            try await repartition.prepare()
            let path = progressFile ?? "\(to)repartition.json"
            var file = ProgressFile(path: path, from: from, to: to, route: route)
            let producer = try KafkaProducer(configuration: cluster.kafka, kind: .kept, logger: logger)
            report.copied = try await repartition.copy(&file, producer)
            _ = await producer.close(timeout: .seconds(1))
        }
        report.seconds = began.duration(to: .now) / .seconds(1)
        await admin.close()
        return report
    }
}
