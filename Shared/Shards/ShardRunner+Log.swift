import Contracts
import Kafka
import Logging
import Metrics

/// What the log says beside its records, and what is remembered of those that were folded.
extension ShardRunner {
    func note(_ outcome: BatchOutcome) {
        next.merge(outcome.next) { max($0, $1) }
        last.merge(outcome.last) { $1 }
        folded.merge(outcome.times) { $1 }
        // Of a topic that was empty, the first that came: a topic made anew may have grown past it by the next check.
        if phase == .live { checked.merge(outcome.first) { old, _ in old } }
        verifying.subtract(outcome.verified)
        for (topic, target) in targets where next[topic, default: 0] >= target { targets[topic] = nil }
        // What a shadow folds has been counted and told of before.
        guard shadow == nil else { return }
        Counter(label: "dc_records_folded", dimensions: [("service", logic.service)])
            .increment(by: outcome.folded)
        if outcome.skipped > 0 {
            Counter(label: "dc_records_skipped", dimensions: [("service", logic.service)])
                .increment(by: outcome.skipped)
        }
        for refusal in outcome.refusals {
            logger.warning(
                "dead letter",
                metadata: refusal.correlation.metadata.merging([
                    "reason": "\(refusal.reason)", "topic": "\(names.name(refusal.topic))",
                    "partition": "\(partition)", "offset": "\(refusal.offset)",
                ]) { $1 })
            Counter(label: "dc_dead_letters", dimensions: [("reason", refusal.reason)]).increment()
        }
    }

    func reachedEnd(_ topic: Topic, _ offset: Int64) async {
        guard started else { return }
        ends[topic] = offset
        if isKept(topic), offset < next[topic, default: 0] {
            let detail = "the log ends at \(offset), \(next[topic, default: 0]) was the next to fold"
            return await halt(LogTrouble(.beyondEnd, topic, detail))
        }
        targets[topic] = nil
        checkLive()
    }

    /// A partition went dead, as when its offset is out of range. Starting again tells why.
    func fault(_ topic: Topic, _ error: KafkaError) async {
        guard started else { return }
        await stop(error)
    }

    /// After a lost connection the broker may have lost its tail, which can have grown over again since.
    func verifyAgain() async {
        guard started else { return }
        var offsets: [String: Int64] = [:]
        for feed in logic.feeds where feed.kind == .kept && !verifying.contains(feed.topic) {
            guard let next = next[feed.topic], next > begins[feed.topic, default: 0] else { continue }
            verifying.insert(feed.topic)
            offsets[names.name(feed.topic)] = next - 1
        }
        guard !offsets.isEmpty else { return }
        do { try await member?.start(offsets, partition: partition) } catch { await stop(error) }
    }

    /// What the log should still have of each kept topic: the record that was the last one at the check before, since
    /// what has been folded after it may be of another log already.
    func toCheck() -> [TopicPartition: LogCheck.Expected] {
        guard phase == .live, verifying.isEmpty else { return [:] }
        checking = last.filter { $0.value.offset >= begins[$0.key, default: 0] }
        let expected = checking.merging(checked) { $1 }
        return Dictionary(uniqueKeysWithValues: expected.map { (place($0.key), $0.value) })
    }

    /// The log has it all.
    func notedChecked() {
        if phase == .live { checked = checking }
    }
}
