import ArgumentParser
import Contracts
import ServiceKit

/// Which dead letter, on which cluster, and who decides why.
struct DeadLetterOptions: ParsableArguments, Sendable {
    @Option(help: "The dead letter's topic, without prefix: messages, qualifications or deal-created.")
    var topic: String

    @Option(help: "Its partition.")
    var partition: Int32

    @Option(help: "Its offset.")
    var offset: Int64

    @Option(help: "The cluster's id, so that nobody writes to another one than they mean; a refusal names it.")
    var cluster: String

    @Option(help: "Who decides: a name or a ticket, for whoever reads the record later.")
    var by: String

    @Option(help: "Why.")
    var reason: String

    @Flag(help: "Needed for deal-created: other systems read it.")
    var iKnowSubscribersWillSeeThis = false

    @Option(help: "Prefix of the services' topics.")
    var topicPrefix = TopicNames.defaultPrefix

    @Flag(help: "The result as JSON.")
    var json = false

    func validate() throws {
        guard let found = Topic(rawValue: topic) else {
            throw ValidationError("--topic: '\(topic)' is no topic of ours (give its name without prefix).")
        }
        guard found.retention == .kept else {
            throw ValidationError("--topic: records of \(topic) are not kept: their dead letters end by themselves.")
        }
        guard found != .dealCreated || iKnowSubscribersWillSeeThis else {
            throw ValidationError(
                "deal-created is public: other systems will see the record, of a type that they are to ignore. "
                    + "If that is right, add --i-know-subscribers-will-see-this.")
        }
        guard partition >= 0, offset >= 0 else { throw ValidationError("--partition and --offset begin at 0.") }
        guard TopicPrefix.isValid(topicPrefix) else {
            throw ValidationError("'\(topicPrefix)' does not begin a topic's name.")
        }
        for (name, text) in [("--by", by), ("--reason", reason)] {
            guard !text.allSatisfy(\.isWhitespace), text.count <= Limits.reasonCharacters else {
                throw ValidationError("\(name) is empty or longer than \(Limits.reasonCharacters) characters.")
            }
        }
    }

    var names: TopicNames { TopicNames(prefix: topicPrefix) }
    var place: DeadLetterReference {
        DeadLetterReference(
            topic: Topic(rawValue: topic) ?? .messages, partition: partition, offset: offset, eventId: nil)
    }

    static let exitCodes = """
        EXIT CODES
          0   appended, or there already: the same command again appends nothing
          2   refused, nothing was changed
          3   something failed on the way: the same command again appends under the same id
          64  wrong flags or settings

        ENVIRONMENT
          KAFKA_BOOTSTRAP_SERVERS and KAFKA_<NAME>, as the services read them.
        """
}
