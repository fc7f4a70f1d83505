import ArgumentParser
import Contracts
import Kafka

struct GroupsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups", abstract: "Lists consumer groups: their state, their members, and who has what.",
        discussion: """
            A service's group is <prefix><service>. <prefix><service>.lag has no members: the services write their \
            positions there for lag tools and never read them.

            EXAMPLE
              replay groups                 DirectChat's own
              replay groups --all           and those of subscribers
              replay groups dms             one, whoever's it is

            EXIT CODES
              0   listed
              3   the cluster did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @Argument(help: "Only these groups.")
    var group: [String] = []

    @Flag(help: "All of the cluster's groups.")
    var all = false

    @OptionGroup var options: LogOptions

    struct Row: Encodable {
        struct Member: Encodable {
            var id: String
            var clientId: String
            var host: String
            var instanceId: String?
            /// Such as `directchat.messages/3`.
            var partitions: [String]
        }

        var group: String
        var state: String
        var members: [Member]

        init(_ description: GroupDescription) {
            group = description.group
            state = description.state
            members = description.members.map {
                Member(
                    id: $0.id, clientId: $0.clientId, host: $0.host, instanceId: $0.instanceId,
                    partitions: $0.partitions.map(\.description))
            }
        }
    }

    func run() async throws {
        try await perform(options) { session in
            let wanted =
                group.isEmpty
                ? try await session.admin.groups().filter { all || $0.hasPrefix(session.names.prefix) } : group
            var rows: [Row] = []
            for name in wanted { rows.append(Row(try await session.admin.describeGroup(name))) }
            if session.isJSON {
                for row in rows { Output.result(try Output.json(row)) }
                return .done
            }
            var table = [["GROUP", "STATE", "MEMBERS", "PARTITIONS"]]
            for row in rows {
                table.append([row.group, row.state, "\(row.members.count)", ""])
                table += row.members.map { member in
                    ["  \(member.instanceId ?? member.clientId) \(member.host)", "", "", Self.brief(member.partitions)]
                }
            }
            for line in Table.lines(table) { Output.result(line) }
            return .done
        }
    }

    /// `directchat.messages: 0 1 2`.
    private static func brief(_ partitions: [String]) -> String {
        let pairs = partitions.compactMap { text in
            text.lastIndex(of: "/").map { (text[..<$0], Int32(text[text.index(after: $0)...]) ?? 0) }
        }
        return Dictionary(grouping: pairs) { $0.0 }.sorted { $0.key < $1.key }.map { topic, all in
            "\(topic): " + all.map(\.1).sorted().map(String.init).joined(separator: " ")
        }.joined(separator: ", ")
    }
}
