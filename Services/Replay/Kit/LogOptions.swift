import ArgumentParser
import Contracts
import Foundation
import Kafka
import Logging
import ServiceKit

/// The flags of every command that looks at the log.
struct LogOptions: ParsableArguments, Sendable {
    @Option(help: "Prefix of DirectChat's topics and groups: directchat. (DIRECTCHAT_TOPIC_PREFIX).")
    var topicPrefix: String?

    @Flag(help: "Results as JSON, a line each.")
    var json = false

    func validate() throws {
        if let topicPrefix, !TopicPrefix.isValid(topicPrefix) {
            throw ValidationError("--topic-prefix: '\(topicPrefix)' does not begin a topic's name.")
        }
    }

    static let environmentHelp = """
        ENVIRONMENT
          KAFKA_BOOTSTRAP_SERVERS and KAFKA_<NAME>, DIRECTCHAT_TOPIC_PREFIX, as the services read them; \
        DIRECTCHAT_LOG_LEVEL (warning) is of the Kafka client.
        """
}

/// What a command works with: the log, and how its topics are called.
struct Session: Sendable {
    let environment: EnvironmentLookup
    let kafka: KafkaConfiguration
    let names: TopicNames
    let admin: KafkaAdmin
    let scan: LogScan
    let logger: Logger
    let isJSON: Bool

    init(_ options: LogOptions, variables: [String: String] = ProcessInfo.processInfo.environment) throws {
        environment = EnvironmentLookup(variables)
        // `KAFKA_TARGET_…` is of another cluster: here it would be an unknown setting of the client.
        let own = variables.filter { !$0.key.hasPrefix(TargetCluster.variablePrefix) }
        guard let kafka = KafkaConfiguration.environment(own, clientId: "replay") else {
            throw ValidationError("KAFKA_BOOTSTRAP_SERVERS is not set (host:port, comma-separated)")
        }
        self.kafka = kafka
        let prefix = options.topicPrefix ?? environment("DIRECTCHAT_TOPIC_PREFIX") ?? TopicNames.defaultPrefix
        guard TopicPrefix.isValid(prefix) else {
            throw ValidationError("DIRECTCHAT_TOPIC_PREFIX: '\(prefix)' does not begin a topic's name.")
        }
        names = TopicNames(prefix: prefix)
        logger = ToolLog.start("replay")
        do {
            admin = try KafkaAdmin(configuration: kafka, logger: logger)
        } catch {
            // `KAFKA_HEAP_OPTS` of the broker's own tools is one, where the shell has it.
            throw ValidationError("KAFKA_<NAME>: \(error)")
        }
        scan = LogScan(configuration: kafka, admin: admin, logger: logger)
        isJSON = options.json
    }

    /// The topic's full name: of `messages` that of DirectChat's topic, of anything else itself.
    func topic(_ text: String) -> String {
        Topic(rawValue: text).map(names.name) ?? text
    }

    /// Drafts are nobody's to keep: they are in no file, and in the log for a minute only.
    func checkMayBeKept(_ topic: String) throws(Refusal) {
        guard names.topic(named: topic) != .typing else {
            throw Refusal("\(topic) has what visitors are typing and have not sent: it is not kept or sent again")
        }
    }

    /// - Throws: `Refusal` where there is no such topic.
    func partitionCount(_ topic: String) async throws -> Int32 {
        guard let count = try await admin.partitionCount(topic) else {
            throw Refusal("there is no topic \(topic); `replay topics` names those that there are")
        }
        return count
    }
}

extension AsyncParsableCommand {
    /// Runs the command's work and ends with its verdict as the exit code.
    /// - Parameter afterFailure: what to do when something failed on the way.
    func perform(
        _ options: LogOptions, afterFailure: String? = nil, _ body: (Session) async throws -> Verdict
    ) async throws {
        let session = try Session(options)
        let verdict: Verdict
        do {
            verdict = try await body(session)
        } catch let refusal as Refusal {
            Output.say("refused: \(refusal)")
            verdict = .refused
        } catch let problem as ServiceClient.Problem where problem.isRefusal {
            Output.say("refused: \(problem)")
            verdict = .refused
        } catch let error as ValidationError {
            throw error
        } catch {
            Output.say((["failed: \(error)"] + [afterFailure].compactMap(\.self)).joined(separator: "\n"))
            verdict = .failed
        }
        await session.admin.close()
        try verdict.check()
    }
}
