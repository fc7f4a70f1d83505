import Contracts
import Logging
import ServiceKit
import ServiceLifecycle
import Shards
import Synchronization

/// Hands the texts of live shards to the provider: in the order of the topic, one at a time between two numbers.
///
/// It finds, starts and at a stop waits; `TextSend` is what happens to one text.
final class TextSender: ServiceLifecycle.Service {
    private let watch: ShardWatch
    private let sending: TextSend
    private let dealerships: Dealerships
    private let lanes = Mutex(TextLanes())
    private let jobs = AsyncStream.makeStream(of: Job.self)

    private struct Job: Sendable {
        var text: OutgoingText
        var shard: Shard
    }

    init(watch: ShardWatch, sending: TextSend, dealerships: Dealerships) {
        self.watch = watch
        self.sending = sending
        self.dealerships = dealerships
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await cancelWhenGracefulShutdown { await self.watch.run { await self.look($0) } }
                self.jobs.continuation.finish()
            }
            // A text goes on to its end when its shard is lost: the claim is ours for ever.
            for await job in jobs.stream {
                group.addTask { await self.perform(job) }
            }
            await drain()
            group.cancelAll()
        }
    }

    private func look(_ shard: Shard) async {
        let found = try? await shard.read { try Threads().sendableTexts(limit: Limits.sendable, in: $0) }
        let now = sending.clock()
        for text in found ?? [] where maySend(text, now) {
            guard lanes.withLock({ $0.take(NumberPair(text), at: sending.time.instant) }) else { continue }
            jobs.continuation.yield(Job(text: text, shard: shard))
        }
    }

    /// A number that is another's now, or nobody's, sends nothing: somebody may correct that, or the text expires.
    private func maySend(_ text: OutgoingText, _ now: Timestamp) -> Bool {
        guard let dealership = dealerships.owning(smsNumber: text.number), dealership.id == text.dealership else {
            return false
        }
        return dealership.quietUntil(now) == nil && !SendDecision.isOld(text, now)
    }

    private func perform(_ job: Job) async {
        let rest = await sending.send(job.text, of: job.shard)
        let now = sending.time.instant
        lanes.withLock { $0.finish(NumberPair(job.text), rest: rest.map { now + $0 }, at: now) }
    }

    private func drain() async {
        let deadline = ContinuousClock.now + Limits.textStop
        while lanes.withLock({ $0.count }) > 0, .now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
