/// What the command tells at its end.
struct RepartitionReport: Encodable, Sendable {
    var from: String
    var to: String
    var partitions: Partitions
    var seconds: Double
    /// Nil of a verification.
    var copied: [TopicResult]?
    /// Nil of a copy.
    var verified: [Verification.Result]?

    struct Partitions: Encodable, Sendable {
        var from: Int32
        var to: Int32
    }

    var verdict: Verdict {
        verified?.contains { $0.difference != nil } == true ? .differs : .done
    }

    var lines: [String] {
        let seconds = "\((seconds * 10).rounded() / 10) s"
        if let copied { return copied.flatMap(Self.lines) + [Self.closing(copied, seconds)] }
        let verified = verified ?? []
        let rows = verified.map { one in
            "\(one.topic): \(one.source) in the source, \(one.target) in the copy: "
                + (one.difference.map { "DIFFERENT: \($0)" } ?? "OK")
        }
        return rows + [verdict == .done ? "OK: the copy is the source (\(seconds))" : "the copy differs (\(seconds))"]
    }

    private static func lines(_ one: TopicResult) -> [String] {
        let row = "\(one.topic): \(one.records) in the copy, \(one.copied) of them by this run"
        guard one.deadLetters > 0 else { return [row] }
        let letters = one.named.map {
            "  dead letter \($0.partition)@\($0.offset) is on partition \($0.targetPartition) of the copy: \($0.reason)"
        }
        let rest = one.deadLetters - letters.count
        return ["\(row), \(one.deadLetters) dead letters"] + letters
            + (rest > 0 ? ["  and \(rest) dead letters that are not named here"] : [])
    }

    private static func closing(_ copied: [TopicResult], _ seconds: String) -> String {
        let behind = copied.reduce(0) { $0 + $1.behind }
        return behind > 0
            ? "done in \(seconds); \(behind) records came to the source meanwhile: run this again once its services are "
                + "stopped"
            : "done in \(seconds); nothing came to the source meanwhile"
    }
}
