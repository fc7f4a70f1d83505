import ArgumentParser
import Contracts

/// What a command that writes must be told.
struct WriteGuard: ParsableArguments, Sendable {
    @Option(help: "The cluster that is written to, by its id or its configured name: nothing is written without it.")
    var cluster: String?

    @Flag(help: "Needed to write to deal-created, which other companies' systems read.")
    var iKnowSubscribersWillSeeThis = false

    static let help = """
        GUARD RAILS
          --cluster must be the name of the cluster that is written to: its id, or its name in DIRECTCHAT_CLUSTER_NAME \
        (of a target: DIRECTCHAT_TARGET_CLUSTER_NAME). Say the name's id in DIRECTCHAT_CLUSTER_ID \
        (DIRECTCHAT_TARGET_CLUSTER_ID) beside it: then servers of another cluster are refused. deal-created is public: writing to it needs \
        --i-know-subscribers-will-see-this.
        """

    /// - Parameter topic: that is written to, where one is.
    func check(_ actual: ClusterIdentity, topic: String? = nil) throws(Refusal) {
        guard let cluster else {
            throw Refusal("this writes to the cluster \(actual): if that is meant, say --cluster \(actual)")
        }
        guard actual.isCalled(cluster) else {
            let known = [actual.id.map { "id \($0)" }, actual.name.map { "name \($0)" }].compactMap(\.self)
            throw Refusal(
                "this is not the cluster \(cluster), it has \(known.joined(separator: " and ")). Look at "
                    + "KAFKA_BOOTSTRAP_SERVERS, or at the target's")
        }
        if let topic, Self.isPublic(topic), !iKnowSubscribersWillSeeThis {
            throw Refusal(
                "\(topic) is public: every subscriber will see what is written there, and one that does not keep the ids "
                    + "that it has applied will apply it again. If that is meant, say "
                    + "--i-know-subscribers-will-see-this; for one subscriber use a topic or cluster of its own")
        }
    }

    /// Under whatever prefix: a target may have another.
    static func isPublic(_ topic: String) -> Bool {
        topic.hasSuffix(Topic.dealCreated.rawValue)
    }
}
