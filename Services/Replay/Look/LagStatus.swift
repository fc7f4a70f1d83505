/// What the commits of a partition say about whoever makes them: Burrow's words and rules
/// (https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules). How much lag there is says little; whether
/// it is worked off says all.
enum LagStatus: String, Codable, Comparable, Sendable {
    /// Nothing is behind, or it was not at some time in the window, or it becomes less.
    case ok = "OK"
    /// Commits go on and offsets advance, but the lag never becomes less.
    case warn = "WARN"
    /// Commits go on, always of the same offset, while there is more to read.
    case stall = "STALL"
    /// No commit for longer than the window's commits took.
    case stop = "STOP"
    /// The offset went back, and has not come to where it was.
    case rewind = "REWIND"

    /// The worst last, for the status of several together.
    static func < (one: Self, other: Self) -> Bool { one.severity < other.severity }

    private var severity: Int {
        switch self {
        case .ok: 0
        case .warn: 1
        case .stall: 2
        case .stop: 3
        case .rewind: 4
        }
    }

    struct Commit: Equatable, Sendable {
        /// Milliseconds, on any clock.
        var at: Int64
        var offset: Int64
        /// At that time.
        var lag: Int64
    }

    /// - Parameters:
    ///   - commits: those of the window, the oldest first.
    ///   - lag: now.
    init(_ commits: [Commit], lag: Int64, now: Int64) {
        guard lag > 0 else {
            self = .ok
            return
        }
        guard let first = commits.first, let last = commits.last, now - last.at <= last.at - first.at else {
            self = .stop
            return
        }
        if commits.contains(where: { $0.lag == 0 }) {
            self = .ok
        } else if let highest = commits.map(\.offset).max(), last.offset < highest {
            self = .rewind
        } else if commits.allSatisfy({ $0.offset == first.offset }) {
            self = .stall
        } else if zip(commits, commits.dropFirst()).allSatisfy({ $0.lag <= $1.lag }) {
            self = .warn
        } else {
            self = .ok
        }
    }
}
