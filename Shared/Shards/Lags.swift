import Contracts
import Kafka
import Synchronization

/// How far the topics go, and since when, for those who look: `/status` and metrics.
final class Lags: Sendable {
    private let windows = Mutex<[TopicPartition: LagWindow]>([:])

    /// - Parameter positions: all that are read here now; of others nothing is remembered.
    func note(_ positions: [TopicPartition: Int64], ends: [TopicPartition: Int64], at now: ContinuousClock.Instant) {
        windows.withLock { windows in
            windows = windows.filter { positions[$0.key] != nil }
            for (place, position) in positions {
                guard let end = ends[place] else { continue }
                windows[place, default: LagWindow()].note(position: position, end: end, at: now)
            }
        }
    }

    func window(_ place: TopicPartition) -> LagWindow? {
        windows.withLock { $0[place] }
    }
}

extension ShardPool {
    /// Asks the broker how far the topics go that are folded here.
    public func lookAtEnds() async throws {
        var positions: [TopicPartition: Int64] = [:]
        for runner in allRunners() { positions.merge(await runner.folding()) { $1 } }
        guard !positions.isEmpty else { return }
        lags.note(positions, ends: try await ends(of: Array(positions.keys)), at: settings.time.instant)
    }

    private func ends(of places: [TopicPartition]) async throws -> [TopicPartition: Int64] {
        do {
            return try await client.ranges(places).mapValues(\.upperBound)
        } catch let error where places.count == 1 || error is CancellationError {
            throw error
        } catch {
            // One by one: a partition without a leader must not hide how far the others go.
            var ends: [TopicPartition: Int64] = [:]
            for place in places {
                try Task.checkCancellation()
                ends[place] = try? await client.ranges([place])[place]?.upperBound
            }
            return ends
        }
    }

    /// How long the loop has been handling one event; nil while it waits for the next.
    public var busyFor: Duration? {
        busySince.withLock { $0 }.map { settings.time.instant - $0 }
    }
}

extension ShardRunner {
    /// The next offsets of what goes into the file.
    func folding() -> [TopicPartition: Int64] {
        let topics = logic.feeds.filter { $0.kind != .memory }.map(\.topic)
        return Dictionary(
            uniqueKeysWithValues: next.filter { topics.contains($0.key) }.map { (place($0.key), $0.value) })
    }

    func topicStatus() -> [ShardStatus.TopicStatus] {
        let isFolding =
            switch phase {
            case .stopped, .halted, .closed: false
            default: true
            }
        let (now, wall) = (time.instant, pool.settings.clock())
        return next.map { topic, position in
            let window = pool.lags.window(place(topic))
            let unseen = window?.unseen(at: now) ?? 0
            let age = folded[topic].map { Double(wall.milliseconds - $0) / 1_000 }
            return ShardStatus.TopicStatus(
                topic: names.name(topic), position: position, end: ends[topic],
                lag: window?.records(after: position),
                lagSeconds: window?.seconds(after: position, at: now, folded: age).map {
                    // An end that nobody has seen for long is no proof that nothing waits behind it.
                    $0 == 0 && unseen > Limits.endUnseenSeconds ? unseen : $0
                },
                progress: window?.progress(isFolding: isFolding).rawValue)
        }.sorted { $0.topic < $1.topic }
    }
}
