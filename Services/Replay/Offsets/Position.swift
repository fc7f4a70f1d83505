import ArgumentParser
import Contracts

/// Where a group shall go on.
enum Position: Equatable, Sendable {
    case earliest
    case latest
    case offset(Int64)
    /// From where it is: less than 0 for back.
    case by(Int64)
    case time(Timestamp)

    /// - Throws: `ValidationError` that says what it may be.
    init(_ text: String, now: Timestamp) throws {
        if text == "earliest" {
            self = .earliest
        } else if text == "latest" {
            self = .latest
        } else if let offset = Int64(text), offset >= 0, text.first != "+" {
            self = .offset(offset)
        } else if let mark = text.first, mark == "+" || mark == "-", let count = Int64(text.dropFirst()), count >= 0 {
            self = .by(mark == "+" ? count : -count)
        } else {
            do {
                self = .time(try Moment(text, now: now).timestamp)
            } catch {
                throw ValidationError(
                    "--to-position: \(error). Or earliest, latest, an offset, +N or -N (N forward or back).")
            }
        }
    }

    /// Always one that the log has, or its end.
    func offset(in range: Range<Int64>, committed: Int64?, atTime: Int64?) -> Int64 {
        let wanted =
            switch self {
            case .earliest: range.lowerBound
            case .latest: range.upperBound
            case .offset(let offset): offset
            case .by(let count): Self.sum(committed ?? range.lowerBound, count)
            case .time: atTime ?? range.upperBound
            }
        return min(max(wanted, range.lowerBound), range.upperBound)
    }

    /// The largest number where there is none as large: the log's end is meant by both.
    private static func sum(_ offset: Int64, _ count: Int64) -> Int64 {
        let (sum, overflows) = offset.addingReportingOverflow(count)
        return overflows ? .max : sum
    }
}
