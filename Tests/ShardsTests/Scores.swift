import Synchronization

@testable import Shards

/// How the conformance suite went on each log; a log's line is printed after its last case.
final class Scores: Sendable {
    enum Outcome {
        case passed
        case skipped([String])
        case failed(any Error)
    }

    private struct Score {
        var passed = 0
        var failed = 0
        /// Skipped cases, and what they lacked.
        var skipped = 0
        var lacking: [String: Int] = [:]
    }

    static let shared = Scores()

    private let scores = Mutex<[LogKind: Score]>([:])
    private let gates = Dictionary(uniqueKeysWithValues: LogKind.allCases.map { ($0, Gate(limit: $0.atOnce)) })

    /// Lets as many cases of a log run at a time as it bears.
    func gate(_ log: LogKind) -> Gate { gates[log] ?? Gate(limit: 1) }

    func count(_ log: LogKind, _ outcome: Outcome) {
        let score = scores.withLock { scores in
            var score = scores[log, default: Score()]
            switch outcome {
            case .passed: score.passed += 1
            case .failed: score.failed += 1
            case .skipped(let lacking):
                score.skipped += 1
                for capability in lacking { score.lacking[capability, default: 0] += 1 }
            }
            scores[log] = score
            return score
        }
        guard score.passed + score.failed + score.skipped == ConformanceCase.all.count else { return }
        var line = "conformance over \(log.rawValue): \(score.passed) passed"
        if score.failed > 0 { line += ", \(score.failed) failed" }
        line += ", \(score.skipped) skipped"
        if !score.lacking.isEmpty {
            let lacking = score.lacking.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            line += " (\(lacking.joined(separator: ", ")))"
        }
        print(line)
    }
}

/// A case did not come about in this run, such as a broker that had saved what it was to lose.
struct Unseen: Error {
    let why: String
}
