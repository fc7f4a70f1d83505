import Contracts
import Kafka
import Logging

/// Looks whether records that were folded still stand where they stood, beside whatever reads on.
struct LogCheck {
    struct Expected: Sendable, Equatable {
        var offset: Int64
        var stamp: String

        init(offset: Int64, stamp: String) {
            (self.offset, self.stamp) = (offset, stamp)
        }

        init(_ record: Record) {
            self.init(offset: record.offset, stamp: record.stamp)
        }
    }

    enum Finding: Sendable, Equatable {
        case same
        /// The log ends before it.
        case beyondEnd(Int64)
        case otherRecord
        /// Out of range: trimmed, or beyond the end. Whoever reads on there is told which.
        case outOfRange
    }

    let client: any LogClient
    let time: any LoopTime
    let logger: Logger

    /// - Returns: what differs. A record that has been trimmed since is no difference.
    /// - Throws: `ShardUnavailable(.unknownOutcome)` where the log does not answer in time.
    func differences(_ expected: [TopicPartition: Expected]) async throws -> [TopicPartition: Finding] {
        try await findings(expected).filter { $0.value != .same && $0.value != .outOfRange }
    }

    /// - Throws: `ShardUnavailable(.unknownOutcome)` where the log does not answer in time.
    func findings(_ expected: [TopicPartition: Expected]) async throws -> [TopicPartition: Finding] {
        if expected.isEmpty { return [:] }
        let reader = try client.reader(logger: logger)
        let result: Result<[TopicPartition: Finding], any Error>
        do {
            try await reader.start(expected.mapValues(\.offset))
            result = .success(
                try await time.deadline(Limits.logCheck) { try await Self.compare(reader, with: expected) })
        } catch {
            result = .failure(error)
        }
        await reader.close()
        return try result.get()
    }

    private static func compare(
        _ reader: any LogReader, with expected: [TopicPartition: Expected]
    ) async throws -> [TopicPartition: Finding] {
        var open = expected
        var findings: [TopicPartition: Finding] = [:]
        while !open.isEmpty {
            guard let event = try await reader.next() else { throw CancellationError() }
            switch event {
            case .records(let records):
                for record in records {
                    guard let expected = open.removeValue(forKey: record.topicPartition) else { continue }
                    let isSame = record.offset == expected.offset && record.stamp == expected.stamp
                    findings[record.topicPartition] = isSame ? .same : .otherRecord
                }
            case .reachedEnd(let place, let end):
                if open.removeValue(forKey: place) != nil { findings[place] = .beyondEnd(end) }
            case .fault(let place, _):
                if open.removeValue(forKey: place) != nil { findings[place] = .outOfRange }
            default: break
            }
        }
        return findings
    }
}
