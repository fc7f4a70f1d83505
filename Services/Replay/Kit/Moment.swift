import Contracts
import Foundation

/// A time as people on call give it: absolute with a zone, or before now.
struct Moment: Equatable, Sendable {
    enum Mistake: Error, Equatable, CustomStringConvertible {
        case noZone(String)
        case unreadable(String)

        var description: String {
            switch self {
            case .noZone(let text):
                "'\(text)' has no zone, so it would be another moment on another machine: write \(text)Z for UTC, or "
                    + "\(text)+02:00"
            case .unreadable(let text):
                "'\(text)' is no time: write 2026-08-22T19:03:27Z (RFC 3339, with a zone), or -2h, -90m, -30s, -7d for "
                    + "before now"
            }
        }
    }

    var timestamp: Timestamp

    init(_ text: String, now: Timestamp) throws(Mistake) {
        if let timestamp = Timestamp(text) {
            self.timestamp = timestamp
        } else if Timestamp(text + "Z") != nil {
            throw .noZone(text)
        } else if let before = Self.milliseconds(before: text) {
            timestamp = now.adding(milliseconds: -before)
        } else {
            throw .unreadable(text)
        }
    }

    private static func milliseconds(before text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard text.first == "-", let unit = text.last.flatMap({ units[$0] }),
            let count = Int64(text.dropFirst().dropLast()), (0...100_000_000).contains(count)
        else { return nil }
        return count * unit
    }
}

extension Timestamp {
    static var now: Timestamp {
        Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1_000))
    }
}
