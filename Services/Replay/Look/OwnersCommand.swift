import ArgumentParser
import Contracts

struct OwnersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "owners", abstract: "Lists which instance serves which shard, as the instances claim it.",
        discussion: """
            A claim is the last record of its key in the topic owners. An instance that was killed leaves its claim \
            there until another one has its shard.

            EXAMPLE
              replay owners
              replay owners conversations --json | jq -r .address | sort -u

            EXIT CODES
              0   listed
              2   there is no topic of owners
              3   the cluster did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @Argument(help: "Only these services.")
    var service: [String] = []

    @OptionGroup var options: LogOptions

    func run() async throws {
        try await perform(options) { session in
            let claims = try await ShardOwners(session).claims.filter {
                service.isEmpty || service.contains($0.service)
            }
            if session.isJSON {
                for claim in claims { Output.result(try Output.json(claim)) }
            } else {
                let rows = claims.map {
                    [$0.service, "\($0.shard)", $0.address, $0.claimedAt.map(\.description) ?? "-"]
                }
                for line in Table.lines([["SERVICE", "SHARD", "ADDRESS", "CLAIMED AT"]] + rows) { Output.result(line) }
            }
            return .done
        }
    }
}
