import ArgumentParser
import Contracts

struct LagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lag", abstract: "Shows how far each service is behind the log, shard by shard, and how it goes.",
        discussion: """
            Positions are those that the services write every ten seconds for the group <prefix><service>.lag. They are \
            looked at for the time of --window, and judged by Burrow's rules:
              OK      nothing is behind, or was not at some time, or it becomes less
              WARN    positions move, but the lag never becomes less: more comes than is folded
              STALL   the shard is held, but its position does not move: see the service's /status
              STOP    nobody writes positions of it: its owner is gone
              REWIND  the position went back: a file was lost or restored, and is folded again
            SECONDS is the age of the record that is folded next. presence has no position: old beats do not matter.

            EXAMPLE
              replay lag
              replay lag conversations --window 0            at once, without a verdict
              replay lag --json | jq -c 'select(.status != "OK")'

            EXIT CODES
              0   all shards are OK, or --window 0
              1   some are not
              2   no service has positions there
              3   the cluster did not answer
              64  wrong flags or settings

            \(LogOptions.environmentHelp)
            """)

    @Argument(help: "Only these services.")
    var service: [String] = []

    @Option(help: "Seconds to look: 0, or \(Limits.lagWindow.lowerBound) to \(Limits.lagWindow.upperBound).")
    var window = Limits.lagWindow.lowerBound

    @OptionGroup var options: LogOptions

    func validate() throws {
        guard window == 0 || Limits.lagWindow.contains(window) else {
            throw ValidationError("--window: \(window) is neither 0 nor within \(Limits.lagWindow).")
        }
    }

    func run() async throws {
        try await perform(options) { session in
            var samples = try await LagSamples(session, services: service)
            guard !samples.isEmpty else {
                throw Refusal(
                    "no group \(session.names.prefix)<service>.lag has positions: no such service has run on this "
                        + "prefix for ten seconds")
            }
            let began = ContinuousClock.now
            var next = began
            func now() -> Int64 { Timestamp.now.milliseconds }
            try await samples.take(at: now())
            while began.duration(to: .now) < .seconds(window) {
                // However long a look takes: commits come by the clock too.
                next += Limits.lagEvery
                try await Task.sleep(until: next)
                try await samples.take(at: now())
            }
            let rows = try await samples.rows(judges: window > 0, at: now())
            if session.isJSON {
                for row in rows { Output.result(try Output.json(row)) }
            } else {
                for line in Self.lines(rows) { Output.result(line) }
            }
            return rows.allSatisfy { $0.status ?? .ok == .ok } ? .done : .differs
        }
    }

    private static func lines(_ rows: [LagSamples.Row]) -> [String] {
        let table = rows.map { row in
            let behind = row.topics.filter { $0.records > 0 }.map { "\($0.topic) \($0.position) of \($0.end)" }
            return [
                row.service, "\(row.shard)", "\(row.records)", "\(row.seconds)", row.status?.rawValue ?? "-",
                behind.joined(separator: ", "),
            ]
        }
        return Table.lines([["SERVICE", "SHARD", "RECORDS", "SECONDS", "STATUS", "BEHIND"]] + table)
    }
}
