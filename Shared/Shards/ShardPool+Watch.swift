import Contracts
import Kafka
import Logging

extension LogCheck.Finding {
    /// Nil where nothing is known to be wrong.
    func trouble(_ topic: Topic, at offset: Int64) -> LogTrouble? {
        switch self {
        case .same, .outOfRange: nil
        case .beyondEnd(let end):
            LogTrouble(.beyondEnd, topic, "the log ends at \(end), \(offset + 1) was the next to fold")
        case .otherRecord:
            LogTrouble(.otherRecord, topic, "another record stands at \(offset), where one was folded before")
        }
    }
}

/// What is looked at beside the loop: shards to fold before it begins, and the shape of the topics.
extension ShardPool {
    /// A rolling upgrade: what an older version has folded is folded anew while its instances still serve, so that the
    /// group does not hand this one shards that are minutes behind.
    func prepare() async throws {
        let all = (0..<settings.partitions).map { ShardRunner(pool: self, partition: $0, member: nil) }
        let due = try await settings.disk.run { try all.filter { try $0.isUnprepared() } }
        guard !due.isEmpty else { return }
        logger.info(
            "folding for a new version before the group is joined",
            metadata: ["shards": "\(due.map(\.partition))", "schemaVersion": "\(logic.schemaVersion)"])
        beginPreparing(due)
        await withTaskGroup(of: Void.self) { group in
            for runner in due {
                group.addTask {
                    await runner.prepare()
                    self.endPreparing(runner)
                }
            }
        }
        try Task.checkCancellation()
    }

    /// For lag tools only, and never read. For a group of their own: a member's commit that reaches the broker between
    /// two generations makes librdkafka give up all that it holds, also the shards that were to stay.
    func commitPositions() async throws {
        while true {
            try await settings.time.sleep(for: Limits.commitEvery)
            var offsets: [TopicPartition: Int64] = [:]
            for runner in allRunners() { offsets.merge(await runner.committable()) { $1 } }
            guard !offsets.isEmpty else { continue }
            do { try await client.commit(offsets, group: group + ".lag") } catch {
                logger.debug("positions were not committed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Somebody adds partitions to a running topic: nothing of Kafka's tells.
    func watchPartitions() async throws {
        while true {
            try await settings.time.sleep(for: Limits.countPartitionsEvery)
            await countPartitions()
        }
    }

    /// What was folded last must stand in the log for as long as it is served.
    func watchLog() async throws {
        while true {
            try await settings.time.sleep(for: Limits.logCheckEvery)
            await checkLog()
        }
    }

    func checkLog() async {
        var expected: [TopicPartition: LogCheck.Expected] = [:]
        let runners = allRunners()
        for runner in runners { expected.merge(await runner.toCheck()) { $1 } }
        do {
            let differences = try await LogCheck(client: client, time: settings.time, logger: logger).differences(
                expected)
            for (place, finding) in differences {
                guard let topic = settings.names.topic(named: place.topic),
                    let runner = runners.first(where: { $0.partition == place.partition }),
                    let trouble = finding.trouble(topic, at: expected[place]?.offset ?? 0)
                else { continue }
                await runner.halt(trouble)
            }
            for runner in runners { await runner.notedChecked() }
        } catch {
            // A broker that is away is told of where the loop reads.
            logger.debug("the log was not checked", metadata: ["error": "\(error)"])
        }
    }

    /// The partitions of a topic whose record still stands where the log said that it does, and so all before it too.
    ///
    /// - Throws: `ShardUnavailable(.unknownOutcome)` where the log does not answer in time.
    public func standing(_ topic: Topic, _ records: [Int32: AppendedRecord]) async throws -> Set<Int32> {
        var expected: [TopicPartition: LogCheck.Expected] = [:]
        for (partition, record) in records {
            let place = TopicPartition(topic: settings.names.name(topic), partition: partition)
            expected[place] = LogCheck.Expected(offset: record.offset, stamp: record.stamp)
        }
        let findings = try await LogCheck(client: client, time: settings.time, logger: logger).findings(expected)
        return Set(findings.filter { $0.value == .same }.keys.map(\.partition))
    }

    func countPartitions() async {
        var trouble: LogTrouble?
        for feed in logic.feeds {
            // A broker that does not answer, or a topic that is gone, is told of where it is read.
            let count = try? await client.partitionCount(settings.names.name(feed.topic))
            guard let count = count ?? nil, count != settings.partitions else { continue }
            trouble = LogTrouble(
                .partitions, feed.topic, "the topic has \(count) partitions, \(settings.partitions) are expected")
        }
        for runner in note(trouble) {
            if let trouble { await runner.halt(trouble) }
        }
    }
}
