import Contracts
import Kafka
import Logging

/// The restore of a shard that is far behind, by a reader of its own.
extension ShardRunner {
    /// Far behind: with a connection of its own, so that live shards and rebalances never wait behind it.
    func restoreApart(
        _ file: ShardFile<Logic>, starts: [Topic: Int64], records: Int64, _ limits: [Topic: Int64]?
    ) async throws {
        // Nobody waits behind a rebuild: it has a gate of its own, for as long as it lasts.
        if shadow == nil { try await pool.restores.enter() }
        let result: Result<Void, any Error>
        progress = RestoreProgress(records: records, snapshot: adopted, at: time.instant)
        do { result = .success(try await readApart(file, starts: starts, limits)) } catch {
            result = .failure(error)
        }
        (progress, restored) = (nil, progress)
        if shadow == nil { await pool.restores.leave() }
        try result.get()
    }

    private func readApart(
        _ file: ShardFile<Logic>, starts: [Topic: Int64], _ limits: [Topic: Int64]?
    ) async throws {
        var reported = time.instant
        let records = progress?.records ?? 0
        logger.info("restoring", metadata: ["records": "\(records)"])
        let reader = try pool.client.reader(logger: logger)
        do {
            let wanted = starts.filter { targets[$0.key] != nil }
            try await reader.start(Dictionary(uniqueKeysWithValues: wanted.map { (place($0.key), $0.value) }))
            while !targets.isEmpty, let event = try await reader.next() {
                try Task.checkCancellation()
                switch event {
                case .records(let records):
                    let wanted = limits.map { limits in records.filter { isWithin($0, limits) } } ?? records
                    if !wanted.isEmpty { note(try await file.apply(wanted, verifying: verifying)) }
                    Failpoint.reach(shadow == nil ? "restoring" : "rebuilding")
                    progress?.note(
                        left: targets.reduce(0) { $0 + max(0, $1.value - next[$1.key, default: 0]) }, at: time.instant)
                case .reachedEnd(let place, let end):
                    try passEnd(place, end)
                case .fault(_, let error):
                    throw error
                default:
                    break
                }
                guard time.instant - reported > .seconds(5) else { continue }
                reported = time.instant
                report()
            }
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
        try Task.checkCancellation()
        progress?.note(left: 0, at: time.instant)
        logger.info(
            "restored", metadata: ["records": "\(records)", "rate": "\(Int(progress?.rate ?? 0))/s"])
    }

    private func isWithin(_ record: Record, _ limits: [Topic: Int64]) -> Bool {
        guard let topic = names.topic(named: record.topic), let limit = limits[topic] else { return false }
        return record.offset < limit
    }

    private func passEnd(_ place: TopicPartition, _ end: Int64) throws {
        guard let topic = names.topic(named: place.topic) else { return }
        if isKept(topic), end < next[topic, default: 0] {
            throw LogTrouble(
                .beyondEnd, topic, "the log ends at \(end), \(next[topic, default: 0]) was the next to fold")
        }
        targets[topic] = nil
    }

    private func report() {
        guard let progress else { return }
        logger.info(
            "restoring",
            metadata: [
                "left": "\(progress.left)", "rate": "\(Int(progress.rate))/s",
                "remaining": "\(progress.secondsLeft.map { "\(Int($0.rounded(.up))) s" } ?? "unknown")",
            ])
    }
}
