import Contracts
import Logging
import ServiceKit
import Shards
import Synchronization
import Testing

@testable import Ingest

@Suite struct MediaFetchTests {
    /// Answers for each address in turn; then it is stored.
    private final class FakeFetcher: MediaFetching {
        let state = Mutex((asked: [String](), answers: [String: [MediaResult]]()))

        init(_ answers: [String: [MediaResult]] = [:]) { state.withLock { $0.answers = answers } }

        var asked: [String] { state.withLock { $0.asked } }

        func fetch(_ url: String) async -> MediaResult {
            state.withLock { state in
                state.asked.append(url)
                let answer = state.answers[url]?.isEmpty == false ? state.answers[url]?.removeFirst() : nil
                return answer ?? MediaFetchTests.picture
            }
        }
    }

    private static let picture = MediaResult.stored(
        StoredMedia(contentType: "image/png", bytes: 7, sha256: String(repeating: "a", count: 64)))

    private func received(_ urls: [String], in world: TextWorld) async throws {
        let message = MessageReceived(
            conversationId: "sms-0123", clientMessageId: "AC1-SM1", channel: .sms, text: "", from: TextWorld.phone,
            to: TextWorld.number, media: urls.map { MediaReference(url: $0, contentType: "image/jpeg") })
        try await world.log.fold(world.event(message, message.messageId))
    }

    private func withRun(
        _ world: TextWorld, _ fetcher: any MediaFetching, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let run = MediaFetchRun(
            watch: ShardWatch(partitions: 1) { _ in world.shard }, fetcher: fetcher,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, time: world.time,
            clock: { world.time.wall })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await run.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    private func words(_ world: TextWorld) throws -> [MessageMedia] {
        try world.log.all.filter { $0.type == MessageMedia.type }.map { try $0.payload() }
    }

    @Test func eachFileIsFetchedAndSaidOnce() async throws {
        let world = try TextWorld()
        try await received((0..<10).map { "u\($0)" }, in: world)
        let fetcher = FakeFetcher(["u3": [.refused(.type)]])
        try await withRun(world, fetcher) {
            try await eventually { try words(world).count == 10 }
            #expect(try await world.shard.read { try Threads().pendingMedia(limit: 9, in: $0) }.isEmpty)
        }
        #expect(Set(fetcher.asked).count == 10 && fetcher.asked.count == 10)
        let said = try words(world).sorted { $0.index < $1.index }
        try #require(said.map(\.index) == Array(0..<10))
        #expect(said[3].state == .refused && said[3].reason == "type" && said[3].sha256 == nil)
        #expect(said[4].state == .stored && said[4].contentType == "image/png" && said[4].bytes == 7)
        #expect(world.log.all.last { $0.type == MessageMedia.type }?.id.hasPrefix("sms-0123.c.AC1-SM1.media.") == true)
    }

    @Test func whatFailedIsFetchedAgainLater() async throws {
        let world = try TextWorld()
        try await received(["u"], in: world)
        let fetcher = FakeFetcher(["u": [.failed(.timeOut), .failed(.status(500))]])
        try await withRun(world, fetcher) {
            for count in 1...2 {
                try await eventually { fetcher.asked.count == count }
                try await Task.sleep(for: .milliseconds(250))
                #expect(fetcher.asked.count == count)
                world.time.advance(.seconds(4))
            }
            try await eventually { try words(world).map(\.state) == [.stored] }
        }
        #expect(fetcher.asked.count == 3)
    }

    @Test func whatNeverCameIsUnreachable() async throws {
        let world = try TextWorld()
        try await received(["u"], in: world)
        let media = try #require(try await world.shard.read { try Threads().pendingMedia(limit: 1, in: $0).first })
        let place = MediaPlace(media)
        var attempts = MediaAttempts()
        var now = ContinuousClock.now
        for attempt in 1...Ingest.Limits.fetchAttempts {
            let taken = [attempts.take(place, at: now), attempts.take(place, at: now)]
            #expect(taken == [true, false])
            let word = attempts.finish(place, .failed(.timeOut), at: now)
            #expect(word == (attempt < Ingest.Limits.fetchAttempts ? nil : .refused("unreachable")))
            let again = attempts.take(place, at: now)
            #expect(!again)
            now += .seconds(1_400)
        }
        attempts.forget(place)
        let event = MediaWord.refused("unreachable").event(media)
        #expect(event.state == .refused && event.reason == "unreachable" && event.eventId.hasSuffix(".media.0"))
    }
}
