import Foundation
import Shards

/// One shard, from the question to the answer.
struct RebuildRun: Sendable {
    let client: ServiceClient
    /// Of the shard's routes.
    let base: String
    let what: String
    let anew: Bool
    let unmask: Bool

    func perform(verify: Bool, swap: Bool) async throws -> RebuildReport.Shard {
        var status: RebuildStatus = try await client.post(
            base + "/rebuild" + (anew ? "?anew=true" : ""), as: RebuildStatus.self)
        status = try await wait(status, while: [.waiting, .rebuilding])
        // Somebody else's question is answered first.
        status = try await wait(status, while: [.verifying, .swapping])
        if verify {
            status = try await wait(
                try await client.post(base + "/verify", as: RebuildStatus.self), while: [.verifying])
            guard status.state == .verified else {
                throw Refusal("\(what) was not compared: \(status.why ?? status.state.rawValue)")
            }
        }
        var report = RebuildReport.Shard(status: status)
        if swap {
            let swapped = try await client.post(base + "/swap", as: RebuildSwap.self)
            report.replaced = swapped.replaced
        }
        return report
    }

    /// - Throws: `Refusal` if it failed.
    private func wait(
        _ first: RebuildStatus, while states: Set<RebuildStatus.State>
    ) async throws -> RebuildStatus {
        var (status, silent) = (first, 0)
        var told = ContinuousClock.now
        while states.contains(status.state) {
            try await Task.sleep(for: Limits.ask)
            do {
                status = try await look()
                silent = 0
            } catch let problem as ServiceClient.Problem where !problem.isPassing {
                guard problem.code == "no-rebuild" else { throw problem }
                throw RebuildGone(what: what)
            } catch {
                silent += 1
                guard silent < Limits.asks else { throw error }
            }
            guard told.duration(to: .now) >= Limits.progress else { continue }
            told = .now
            Output.say(RebuildReport.progress(what, status))
        }
        if status.state == .failed { throw Refusal("\(what): the rebuild failed: \(status.why ?? "")") }
        // The last answer may be of a question that shows no rows.
        return states.isDisjoint(with: [.verifying]) ? status : try await look()
    }

    private func look() async throws -> RebuildStatus {
        try await client.get(base + "/rebuild" + (unmask ? "?unmask=true" : ""), as: RebuildStatus.self)
    }
}

/// The shard has moved, or its owner was started again: what was rebuilt went with it.
struct RebuildGone: Error, CustomStringConvertible {
    let what: String

    var description: String { "\(what): the rebuild is gone, since the shard has moved or its owner was started again" }
}
