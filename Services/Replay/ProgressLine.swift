import Foundation

/// Tells on standard error how far a topic is, once a second.
struct ProgressLine {
    private let what: String
    private let total: Int64
    private let began = ContinuousClock.now
    private var told = ContinuousClock.now
    private var done: Int64 = 0

    init(_ what: String, of total: Int64) {
        self.what = what
        self.total = total
    }

    mutating func advance(_ records: Int) {
        done += Int64(records)
        guard told.duration(to: .now) >= Limits.progress else { return }
        told = .now
        Output.say(text(after: began.duration(to: told)))
    }

    func text(after time: Duration) -> String {
        let rate = Double(done) / max(time / .seconds(1), 0.001)
        let left = rate > 0 ? Int(Double(max(total - done, 0)) / rate) : 0
        let percent = total > 0 ? done * 100 / total : 100
        return "\(what): \(done) of \(total) records (\(percent) %), \(Int(rate))/s, \(left) s left"
    }
}
