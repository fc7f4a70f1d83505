import Metrics
import ServiceKit
import ServiceLifecycle
import Shards

/// How many texts of the shards that are live here have got no further.
struct TextCounts: Encodable, Sendable, Equatable {
    /// Nobody has claimed them.
    var waiting = 0
    /// Somebody is handing them to the provider.
    var claimed = 0
    /// Nobody knows whether the provider took them.
    var unconfirmed = 0

    static func of(_ shards: [Shard]) async -> TextCounts {
        var sum = TextCounts()
        for shard in shards {
            // A shard that is lost meanwhile is counted where it is now.
            guard let counts = try? await shard.read({ try Threads().textCounts(in: $0) }) else { continue }
            sum.waiting += counts.waiting
            sum.claimed += counts.claimed
            sum.unconfirmed += counts.unconfirmed
        }
        return sum
    }
}

/// Keeps the gauges of texts.
struct TextCountRun: ServiceLifecycle.Service {
    let count: @Sendable () async -> TextCounts

    func run() async throws {
        let waiting = Meter(label: "dc_texts_waiting")
        let claimed = Meter(label: "dc_texts_claimed")
        let unconfirmed = Meter(label: "dc_texts_unconfirmed")
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let counts = await count()
                waiting.set(counts.waiting)
                claimed.set(counts.claimed)
                unconfirmed.set(counts.unconfirmed)
                try? await Task.sleep(for: Limits.countTextsEvery)
            }
        }
    }
}
