import ArgumentParser

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
            says so, until the next swap. It is the owner's file that is repaired: another instance that had the shard \
            before has a file of its own, which is to be deleted before the shard goes back to it.

            A rebuild that is there is used; --anew begins another. It lives with the shard: where the shard moves or \
            its owner ends, also by kill -9, the new file is deleted and the same command begins anew. The live file \
            is not touched by any of that. What a person wrote is masked unless --unmask; two masks are the same where the \
            texts are, within one answer of one instance.

            EXAMPLE
              export DIRECTCHAT_OPS_TOKEN=$(compose/token --sub alex --name "Alex Ray" --role ops \
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

            \(LogOptions.environmentHelp)
            \(ServiceClient.environmentHelp)
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
    var serviceURL: String?

    @OptionGroup var options: LogOptions

    static let services = ["ingest", "presence", "conversations", "qualification"]

    func validate() throws {
        guard Self.services.contains(service) else {
            throw ValidationError("'\(service)' is none of \(Self.services.joined(separator: ", ")).")
        }
        if let shard = shard.first(where: { $0 < 0 }) { throw ValidationError("--shard: \(shard) is no shard.") }
        if let serviceURL, !(serviceURL.hasPrefix("http://") || serviceURL.hasPrefix("https://")) {
            throw ValidationError("--service-url: '\(serviceURL)' is no http:// or https:// address.")
        }
        if serviceURL != nil, shard.isEmpty { throw ValidationError("--service-url needs --shard.") }
    }

    func run() async throws {
        try await perform(options, afterFailure: "The same command goes on, or begins anew.") { session in
            let report = try await ServiceClient.with(session) { try await rebuild(session, $0) }
            Output.result(try session.isJSON ? Output.json(report) : report.lines.joined(separator: "\n"))
            return report.verdict
        }
    }

    private func rebuild(_ session: Session, _ client: ServiceClient) async throws -> RebuildReport {
        let owners = try await serviceURL == nil ? ShardOwners(session) : nil
        if let owners, let wrong = shard.first(where: { $0 >= owners.partitions }) {
            throw Refusal("there is no shard \(wrong): the topics have \(owners.partitions) partitions")
        }
        var report = RebuildReport(service: service, shards: [])
        for shard in shard.isEmpty ? Array(0..<(owners?.partitions ?? 0)) : shard {
            guard let address = serviceURL ?? owners?.address(of: service, shard) else {
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
