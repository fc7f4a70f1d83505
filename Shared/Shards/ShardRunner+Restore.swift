import Contracts
import Foundation
import GRDB
import Kafka
import Logging

/// From the file's positions to a started, soon live shard.
extension ShardRunner {
    func restoreUntilStarted() async {
        var delay = Limits.retryFirst
        while !Task.isCancelled, phase != .closed {
            do {
                return try await restore()
            } catch let trouble as LogTrouble {
                return await halt(trouble)
            } catch let error as KafkaError where error == .notAssigned {
                return  // A revoke came in between.
            } catch is CancellationError {
                return
            } catch {
                guard phase != .closed else { return }
                logger.error("shard cannot start, will retry", metadata: ["error": "\(error)"])
                phase = .stopped("\(error)")
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, Limits.retryMost)
            }
        }
    }

    /// The old file is the evidence of what the log was: out of the way, not deleted.
    func restoreAnew() async {
        await closeFile()
        do {
            try await setFileAside()
        } catch {
            if phase == .opening { await halt(why: "the old file could not be set aside: \(error)") }
            return
        }
        await restoreUntilStarted()
    }

    private func restore() async throws {
        // A stopped shard says why until it has started again.
        if phase == .opening { phase = .restoring }
        let file = try await openFile()
        let places = logic.feeds.map { place($0.topic) }
        let admin = pool.admin
        let ranges = try await leavable { try await admin.offsets(places) }
        try Task.checkCancellation()
        var starts: [Topic: Int64] = [:]
        (next, targets, verifying) = ([:], [:], [])
        let positions = try await offThePool { try file.positions() }
        for feed in logic.feeds {
            guard let range = ranges[place(feed.topic)] else { continue }
            ends[feed.topic] = range.upperBound
            begins[feed.topic] = range.lowerBound
            switch feed.kind {
            case .memory:
                starts[feed.topic] = range.upperBound
            case .fromStart:
                try await offThePool { try file.forget(feed.topic) }
                (starts[feed.topic], next[feed.topic]) = (range.lowerBound, range.lowerBound)
                if !range.isEmpty { targets[feed.topic] = range.upperBound }
            case .kept:
                var position = positions[feed.topic]?.next ?? 0
                if takesLogAsItIs, positions[feed.topic] == nil, range.lowerBound > 0 {
                    try await offThePool { try file.begin(feed.topic, at: range.lowerBound) }
                    position = range.lowerBound
                }
                starts[feed.topic] = try start(feed.topic, position, in: range)
                next[feed.topic] = position
                if position < range.upperBound { targets[feed.topic] = range.upperBound }
            }
        }
        let behind = targets.reduce(0) { $0 + $1.value - next[$1.key, default: 0] }
        if behind > Limits.restoreApartRecords {
            try await restoreApart(file, starts: starts, records: behind)
            for feed in logic.feeds where feed.kind != .memory {
                let position = next[feed.topic, default: 0]
                let verifies = feed.kind == .kept && position > begins[feed.topic, default: 0]
                starts[feed.topic] = verifies ? position - 1 : position
                if verifies { verifying.insert(feed.topic) }
            }
        }
        guard !Task.isCancelled, phase != .closed else { throw CancellationError() }
        phase = .restoring
        started = true
        do {
            try await consumer.start(
                Dictionary(uniqueKeysWithValues: starts.map { (names.name($0.key), $0.value) }), partition: partition)
        } catch {
            started = false
            throw error
        }
        checkLive()
    }

    /// One record early, so that its identity shows whether the log is the one that was folded.
    private func start(_ topic: Topic, _ position: Int64, in range: Range<Int64>) throws -> Int64 {
        guard position <= range.upperBound else {
            throw LogTrouble(.beyondEnd, topic, "the log ends at \(range.upperBound), \(position) was the next to fold")
        }
        guard position >= range.lowerBound else {
            throw LogTrouble(.trimmed, topic, "the log begins at \(range.lowerBound), \(position) was the next to fold")
        }
        guard position > range.lowerBound else { return position }
        verifying.insert(topic)
        return position - 1
    }

    /// Far behind: with a connection of its own, so that live shards and rebalances never wait behind it.
    private func restoreApart(_ file: ShardFile<Logic>, starts: [Topic: Int64], records: Int64) async throws {
        try await pool.restores.enter()
        let result: Result<Void, any Error>
        do { result = .success(try await readApart(file, starts: starts, records: records)) } catch {
            result = .failure(error)
        }
        await pool.restores.leave()
        try result.get()
    }

    private func readApart(_ file: ShardFile<Logic>, starts: [Topic: Int64], records: Int64) async throws {
        let began = ContinuousClock.now
        var reported = began
        logger.info("restoring", metadata: ["records": "\(records)"])
        let reader = try KafkaReader(configuration: pool.settings.kafka, logger: logger)
        do {
            let wanted = starts.filter { targets[$0.key] != nil }
            try await reader.start(Dictionary(uniqueKeysWithValues: wanted.map { (place($0.key), $0.value) }))
            while !targets.isEmpty, let event = try await reader.next() {
                try Task.checkCancellation()
                switch event {
                case .records(let records):
                    note(try await file.apply(records, verifying: verifying))
                case .reachedEnd(let place, let end):
                    try passEnd(place, end)
                case .fault(_, let error):
                    throw error
                default:
                    break
                }
                guard ContinuousClock.now - reported > .seconds(5) else { continue }
                reported = .now
                report(records, since: began)
            }
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
        try Task.checkCancellation()
        logger.info(
            "restored", metadata: ["records": "\(records)", "seconds": "\((ContinuousClock.now - began).seconds)"])
    }

    private func passEnd(_ place: TopicPartition, _ end: Int64) throws {
        guard let topic = names.topic(named: place.topic) else { return }
        if isKept(topic), end < next[topic, default: 0] {
            throw LogTrouble(
                .beyondEnd, topic, "the log ends at \(end), \(next[topic, default: 0]) was the next to fold")
        }
        targets[topic] = nil
    }

    private func report(_ records: Int64, since began: ContinuousClock.Instant) {
        let left = targets.reduce(0) { $0 + max(0, $1.value - next[$1.key, default: 0]) }
        let seconds = max((ContinuousClock.now - began).seconds, 0.001)
        let rate = Double(records - left) / seconds
        logger.info(
            "restoring",
            metadata: [
                "left": "\(left)", "rate": "\(Int(rate))/s",
                "remaining": "\(rate > 0 ? Int(Double(left) / rate) : -1) s",
            ])
    }

    // MARK: The file

    private var url: URL {
        pool.settings.dataDirectory.appendingPathComponent(ShardFile.name(logic, partition: partition))
    }

    private func openFile() async throws -> ShardFile<Logic> {
        if let file { return file }
        let (url, logic, partition, settings) = (url, logic, partition, pool.settings)
        let opened = try await offThePool {
            try ShardFile(
                url: url, logic: logic, partition: partition, partitions: settings.partitions, names: settings.names)
        }
        guard phase != .closed else {
            await opened.close()
            throw CancellationError()
        }
        file = opened
        return opened
    }

    private func setFileAside() async throws {
        let url = url
        try await offThePool {
            let files = FileManager.default
            for suffix in ["", "-wal", "-shm"] {
                let aside = url.path + ".halted" + suffix
                try? files.removeItem(atPath: aside)
                if files.fileExists(atPath: url.path + suffix) {
                    try files.moveItem(atPath: url.path + suffix, toPath: aside)
                }
            }
        }
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

/// Runs what blocks on the disk outside the cooperative pool.
func offThePool<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}

/// A question to a broker that may be away: whoever is cancelled does not wait for the answer.
func leavable<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
    let (answers, answer) = AsyncThrowingStream<T, any Error>.makeStream()
    let asking = Task {
        do {
            answer.yield(try await body())
            answer.finish()
        } catch { answer.finish(throwing: error) }
    }
    defer { asking.cancel() }
    for try await found in answers { return found }
    throw CancellationError()  // The stream ends so when this task is cancelled.
}
