import ArgumentParser
import Contracts
import Foundation
import ServiceKit

/// Who wrote what, when and why: a line of JSON for each, in a file.
///
/// A file and no topic: the cluster has no topic for it (topics and their rights are the deployment's), and one would
/// make every other cluster that is written to need it too. What was redelivered says so itself, in its headers.
struct Audit: Sendable {
    struct Entry: Encodable, Sendable {
        var at = Timestamp.now
        /// begun, resumed, done or failed.
        var event: String
        var command: String
        var by: String
        var reason: String
        var cluster: ClusterIdentity
        /// Of the plan, the file or the group.
        var subject: String
        var sha256: String?
        var records: Int?
        var detail: String?
    }

    let path: String

    static let fileName = "replay-audit.jsonl"
    static let help = """
        AUDIT
          Each run writes lines of JSON to \(fileName) beside FILE, or to the file in DIRECTCHAT_REPLAY_AUDIT. It is \
        no topic: the cluster has none for it, and the records say it themselves in their headers.
        """

    init(beside path: String, _ session: Session) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        self.path = session.environment("DIRECTCHAT_REPLAY_AUDIT") ?? folder.appending(path: Self.fileName).path
    }

    func write(_ entry: Entry) throws {
        try DurableFile.append(line: try Output.json(entry), to: path)
    }
}

/// Who is at it and why, as every command that writes is told.
struct Purpose: ParsableArguments, Sendable {
    @Option(help: "Why, for whoever reads what was written: it is kept with that, in records or the audit file.")
    var reason: String

    @Option(help: "Who: the user of this machine, unless given.")
    var by: String?

    var person: String {
        by ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName()
    }

    func validate() throws {
        for (name, text) in [("--reason", reason), ("--by", person)] {
            guard !text.allSatisfy(\.isWhitespace), text.count <= Limits.reasonCharacters else {
                throw ValidationError("\(name) is empty or longer than \(Limits.reasonCharacters) characters.")
            }
        }
    }
}
