import Contracts
import Foundation
import Kafka
import Logging
import Metrics

/// What a live shard appends: what its state owes, and its claim to be the owner.
extension ShardRunner {
    /// One pass: append, and wait until it has come back. Never two at a time, or it would be appended twice.
    func pay() async {
        guard phase == .live, verifying.isEmpty, let file, let shard else { return }
        do {
            let (entries, failures) = try await file.owed(now: pool.settings.clock())
            for failure in failures {
                logger.error("an owed record could not be made", metadata: ["error": "\(failure)"])
                Counter(label: "dc_owed_failures").increment()
            }
            guard phase == .live else { return }
            owed = Owed(entries)
            guard !entries.isEmpty, !holds(entries) else { return }
            // No time limit: the producer never gives up, and asking again meanwhile would queue doubles.
            Failpoint.reach("before-owed")
            let appended = try await append(entries)
            Failpoint.reach("owed-appended")
            note(entries, appended)
            let read = Set(logic.feeds.map(\.topic))
            for coordinates in appended where read.contains(coordinates.topic) {
                try await shard.reached(coordinates.topic, coordinates.offset, within: Limits.owedReturn)
            }
        } catch is CancellationError {
        } catch is ShardUnavailable {
            // The shard moved, or its records are late: the next pass looks again.
        } catch {
            logger.warning("owed records are not appended yet", metadata: ["error": "\(error)"])
        }
    }

    private func append(_ entries: [Ledger.Entry]) async throws -> [Coordinates] {
        appending += 1
        defer { appending -= 1 }
        var appended: [Coordinates] = []
        for run in entries.runs(by: \.topic) {
            appended += try await pool.log.append(run.map(\.event), to: run[0].topic)
        }
        return appended
    }

    private func holds(_ entries: [Ledger.Entry]) -> Bool {
        defer { checkedHold = true }
        guard !checkedHold, !agreed, let limit = logic.holdAbove else { return false }
        let count = entries.count { $0.topic == limit.topic }
        guard count > limit.records else { return false }
        let why =
            "\(count) or more records are owed to \(limit.topic.rawValue), more than \(limit.records); "
            + "if that is right, POST /v1/shards/\(partition)/resume"
        logger.error("shard holding", metadata: ["why": "\(why)"])
        phase = .holding(why)
        return true
    }

    /// The claim is owed whenever the last one in the log is not ours, so a zombie's late claim is corrected.
    func claim() async {
        let (service, address) = (logic.service, pool.settings.address)
        let now = pool.settings.clock()
        guard shard != nil, pool.owners.lacksClaim(service: service, shard: partition, address: address),
            now.milliseconds - claimedAt.milliseconds >= Limits.claimAgainMilliseconds
        else { return }
        claimedAt = now
        let claim = ShardOwned(service: service, shard: partition, address: address)
        let record = OutgoingRecord(
            topic: names.name(.owners), partition: partition, key: Array(claim.key.utf8), value: claim.encoded(),
            headers: claim.headers(at: now).map { Header(name: $0.name, value: $0.value) },
            timestamp: now.milliseconds)
        let appender = pool.log.appender
        // Not awaited: a claim that Kafka takes late is still right, or corrected.
        Task { try? await appender.send([record]) }
    }

    // MARK: Looking

    func status() async -> ShardStatus {
        let counts = try? await file?.counts()
        let (state, detail): (String, String?) =
            switch phase {
            case .opening: ("opening", nil)
            case .restoring: ("restoring", nil)
            case .live: ("live", nil)
            case .closed: ("closed", nil)
            case .holding(let why): ("holding", why)
            case .stopped(let why): ("stopped", why)
            case .halted(let why): ("halted", why)
            }
        return ShardStatus(
            shard: partition, state: state, detail: detail,
            topics: topicStatus(), deadLetters: counts?.deadLetters.values.reduce(0, +) ?? 0,
            deadLetterReasons: counts?.deadLetters, owed: owed.records,
            owedSeconds: owed.seconds(at: pool.settings.clock()), restore: progress?.status,
            rebuild: await rebuild?.status(),
            skipped: counts?.skipped ?? 0)
    }

    func deadLetters(after place: DeadLetterPlace?, limit: Int) async throws -> [DeadLetter] {
        guard limit > 0, let file else { return [] }
        return try await file.deadLetters(after: place, limit: limit)
    }

    func committable() -> [TopicPartition: Int64] {
        guard started else { return [:] }
        let kept = next.filter { isKept($0.key) }
        return Dictionary(uniqueKeysWithValues: kept.map { (place($0.key), $0.value) })
    }
}

extension Array {
    /// Consecutive elements that agree on `key`.
    func runs<Key: Equatable>(by key: (Element) -> Key) -> [[Element]] {
        var runs: [[Element]] = []
        for element in self {
            if let last = runs.last?.last, key(last) == key(element) {
                runs[runs.count - 1].append(element)
            } else {
                runs.append([element])
            }
        }
        return runs
    }
}
