import ArgumentParser
import Contracts
import Foundation
import Kafka
import Logging
import ServiceKit

/// Flags, and what is made of them: `RebuildRun` does the work.
struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Folds a service's shards anew beside the live ones, compares the two, and swaps them.",
        discussion: """
            Asks each shard's owner (the topic owners says who that is) to fold the log from its start into a new file \
            beside the live one, which serves on. Nothing is owed by the new file, so no message, deal or text is sent. \
            --verify compares both at a common position: hashes of each canonical table and of each conversation, and \
            the first row that differs, with the record that wrote it. --swap puts the new file in the live one's \
            place; whoever waits for the shard gets 503 and asks again. The old file stays beside it under a name that \
            says so, until the next swap.

            A rebuild that is there is used; --anew begins another. It lives with the shard: where the shard moves or \
            its owner ends, also by kill -9, the new file is deleted and the same command begins anew. The live file \
            is not touched by any of that. What a person wrote is masked unless --unmask.

            EXAMPLE
              export KAFKA_BOOTSTRAP_SERVERS=kafka-1:9092
              export DIRECTCHAT_STAFF_TOKEN=$(compose/token --sub alex --name "Alex Ray" --role ops \
            --dealership example-motors)
              replay rebuild conversations --shard 3 --verify
              (it names the row that differs and the record; the fold was mended since)
              replay rebuild conversations --shard 3 --verify --swap

            EXIT CODES
              0   rebuilt; with --verify the same; with --swap in place
              1   --verify found a difference, and --swap was not asked for
              2   refused, nothing was changed
              3   something failed on the way: the same command begins anew or goes on
              64  wrong flags or settings

            ENVIRONMENT
              DIRECTCHAT_STAFF_TOKEN: a staff token of role ops. KAFKA_BOOTSTRAP_SERVERS and KAFKA_<NAME>, as the \
            services read them; not needed with --service-url.
            """)

    @Argument(help: "ingest, presence, conversations or qualification.")
    var service: String

    @Option(help: "A shard, may be repeated; without it all of them, one after the other.")
    var shard: [Int32] = []

    @Flag(help: "Compare the rebuilt file with the live one.")
    var verify = false

    @Flag(help: "Put the rebuilt file in the live one's place; it must have been verified.")
    var swap = false

    @Flag(help: "Fold anew even if a rebuilt file is there.")
    var anew = false

    @Flag(help: "Show what people wrote in rows that differ.")
    var unmask = false

    @Option(help: "An instance to ask, which passes questions on to the owner; without it the topic owners says whom.")
    var serviceUrl: String?

    @Option(help: "Prefix of the services' topics.")
    var topicPrefix = TopicNames.defaultPrefix

    @Flag(help: "The result as JSON.")
    var json = false

    static let services = ["ingest", "presence", "conversations", "qualification"]

    func validate() throws {
        guard Self.services.contains(service) else {
            throw ValidationError("'\(service)' is none of \(Self.services.joined(separator: ", ")).")
        }
        guard TopicPrefix.isValid(topicPrefix) else {
            throw ValidationError("'\(topicPrefix)' does not begin a topic's name.")
        }
        if let shard = shard.first(where: { $0 < 0 }) { throw ValidationError("--shard: \(shard) is no shard.") }
        if let serviceUrl, !(serviceUrl.hasPrefix("http://") || serviceUrl.hasPrefix("https://")) {
            throw ValidationError("--service-url: '\(serviceUrl)' is no http:// or https:// address.")
        }
        if serviceUrl != nil, shard.isEmpty { throw ValidationError("--service-url needs --shard.") }
    }

    func run() async throws {
        let kafka: KafkaConfiguration?
        do {
            kafka = try serviceUrl == nil ? ClusterSettings(clientId: "replay", options: .parse([])).kafka : nil
        } catch let error as ConfigurationError {
            throw ValidationError("\(error)")
        }
        let logger = ToolLog.start("replay")
        let verdict: Verdict
        do {
            let report = try await perform(kafka, logger)
            Output.result(try json ? Output.json(report) : report.lines.joined(separator: "\n"))
            verdict = report.verdict
        } catch let refusal as Refusal {
            Output.say("refused: \(refusal)")
            verdict = .refused
        } catch let problem as ServiceClient.Problem where !problem.isPassing && problem.status < 500 {
            Output.say("refused: \(problem)")
            verdict = .refused
        } catch {
            Output.say("failed: \(error)\nThe same command goes on, or begins anew.")
            verdict = .failed
        }
        try verdict.check()
    }

    private func perform(_ kafka: KafkaConfiguration?, _ logger: Logger) async throws -> RebuildReport {
        let client = try ServiceClient()
        let result: Result<RebuildReport, any Error>
        do {
            result = .success(try await perform(client, kafka, logger))
        } catch { result = .failure(error) }
        await client.close()
        return try result.get()
    }

    private func perform(
        _ client: ServiceClient, _ kafka: KafkaConfiguration?, _ logger: Logger
    ) async throws -> RebuildReport {
        var (shards, owners) = (shard, [Int32: String]())
        if let kafka {
            let admin = try KafkaAdmin(configuration: kafka, logger: logger)
            let scan = LogScan(configuration: kafka, admin: admin, logger: logger)
            let found = try await ShardOwners(scan: scan, names: TopicNames(prefix: topicPrefix)).addresses(of: service)
            await admin.close()
            if let shard = shard.first(where: { $0 >= found.partitions }) {
                throw Refusal("there is no shard \(shard): the topics have \(found.partitions) partitions")
            }
            if shards.isEmpty { shards = Array(0..<found.partitions) }
            owners = found.owners
        }
        var report = RebuildReport(service: service, shards: [])
        for shard in shards {
            guard let address = serviceUrl ?? owners[shard] else {
                throw Refusal("nobody has claimed shard \(shard) of \(service): is the service running?")
            }
            let run = RebuildRun(
                client: client, base: "\(address)/v1/shards/\(shard)", what: "\(service) shard \(shard)",
                anew: anew, unmask: unmask)
            report.shards.append(try await run.perform(verify: verify, swap: swap))
        }
        return report
    }
}
