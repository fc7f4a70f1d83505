import Contracts
import Logging
import Metrics
import ServiceKit
import ServiceLifecycle
import Shards
import Synchronization

/// Fetches one file, from an address that a stranger may have chosen.
protocol MediaFetching: Sendable {
    func fetch(_ url: String) async -> MediaResult
}

extension MediaFetcher: MediaFetching {}

/// Fetches the files of texts, for the shards that are live here, and says in the log what came of each.
///
/// Two owners may fetch the same file for a moment: it is kept once, by its hash, and the first word in the log counts.
final class MediaFetchRun: ServiceLifecycle.Service {
    private let watch: ShardWatch
    private let fetcher: any MediaFetching
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let time: any LoopTime
    private let attempts = Mutex(MediaAttempts())
    private let jobs = AsyncStream.makeStream(of: Job.self)

    private struct Job: Sendable {
        var media: PendingMedia
        var shard: Shard
    }

    init(
        watch: ShardWatch, fetcher: any MediaFetching, logger: Logger, time: any LoopTime = SystemTime(),
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.watch = watch
        self.fetcher = fetcher
        self.logger = logger
        self.time = time
        self.clock = clock
    }

    func run() async throws {
        // Nothing is lost with a fetch that is called off: the next owner begins it anew.
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watch.run { await self.look($0) } }
                for await job in self.jobs.stream {
                    group.addTask { await self.perform(job) }
                }
                group.cancelAll()
            }
        }
    }

    private func look(_ shard: Shard) async {
        let found = try? await shard.read { try Threads().pendingMedia(limit: Limits.pendingMedia, in: $0) }
        for media in found ?? [] {
            guard attempts.withLock({ $0.take(MediaPlace(media), at: time.instant) }) else { continue }
            jobs.continuation.yield(Job(media: media, shard: shard))
        }
    }

    private func perform(_ job: Job) async {
        let place = MediaPlace(job.media)
        let result = await fetcher.fetch(job.media.url)
        if case .failed(let failure) = result, !Task.isCancelled {
            logger.warning(
                "a file of a text was not fetched",
                metadata: ["message": "\(place.messageId)", "index": "\(place.index)", "why": "\(failure)"])
        }
        let word = attempts.withLock { $0.finish(place, result, at: time.instant) }
        guard let word, !Task.isCancelled else { return }
        Counter(label: "dc_media_fetched", dimensions: [("outcome", word.reason ?? "stored")]).increment()
        do {
            let event = Event(
                word.event(job.media), id: word.event(job.media).eventId, dealership: job.media.dealership,
                service: "ingest", time: clock(), correlation: Correlation(causationId: job.media.messageId))
            _ = try await job.shard.append(event, to: .messages)
            attempts.withLock { $0.forget(place) }
        } catch {
            // Whoever has the shard then finds it pending still, or not.
            attempts.withLock { $0.again(place, at: time.instant) }
        }
    }
}
