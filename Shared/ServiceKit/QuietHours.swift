import Contracts
import Foundation

/// The hours of a day in which no customer is texted, by a dealership's clock; over midnight where `from` is later than
/// `to`.
///
/// What the clock shows decides: where it is set back over the end, the hours that come twice are quiet twice.
public struct QuietHours: Codable, Sendable, Equatable {
    /// `HH:MM`, the first minute that is quiet.
    public var from: String
    /// `HH:MM`, the first minute that is not.
    public var to: String

    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }

    /// What is wrong with it; nil if nothing is.
    var problem: String? {
        for (name, text) in [("from", from), ("to", to)] where Self.minutes(text) == nil {
            return "quietHours.\(name) '\(text)' is no time such as 21:00"
        }
        return from == to ? "quietHours begin and end at \(from): leave them out, or let them differ" : nil
    }

    public func isQuiet(at time: Timestamp, timeZone: TimeZone) -> Bool {
        guard let from = Self.minutes(from), let to = Self.minutes(to) else { return false }
        let minute = Self.secondOfDay(time, timeZone) / 60
        return from <= to ? (from..<to).contains(minute) : minute >= from || minute < to
    }

    /// The first moment from `time` on that is not quiet.
    public func end(after time: Timestamp, timeZone: TimeZone) -> Timestamp {
        guard let to = Self.minutes(to) else { return time }
        var time = time
        while isQuiet(at: time, timeZone: timeZone) {
            let wait = (to * 60 - Self.secondOfDay(time, timeZone) + Self.day) % Self.day
            let end = Timestamp(milliseconds: (time.milliseconds / 1_000 + Int64(wait)) * 1_000)
            // The clock is set before that: what it shows from then on decides.
            let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
            let change = timeZone.nextDaylightSavingTimeTransition(after: date).map {
                Timestamp(milliseconds: Int64($0.timeIntervalSince1970) * 1_000)
            }
            guard let change, change > time, change <= end else { return end }
            time = change
        }
        return time
    }

    private static let day = 86_400

    private static func secondOfDay(_ time: Timestamp, _ timeZone: TimeZone) -> Int {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
        let local = Int(date.timeIntervalSince1970.rounded(.down)) + timeZone.secondsFromGMT(for: date)
        return (local % day + day) % day
    }

    /// Since midnight; nil unless `text` is `HH:MM`.
    private static func minutes(_ text: String) -> Int? {
        let digits = Array(text.utf8)
        guard digits.count == 5, digits[2] == UInt8(ascii: ":") else { return nil }
        var numbers = [Int]()
        for place in [0, 1, 3, 4] {
            guard (48...57).contains(digits[place]) else { return nil }
            numbers.append(Int(digits[place] - 48))
        }
        let (hour, minute) = (numbers[0] * 10 + numbers[1], numbers[2] * 10 + numbers[3])
        return hour < 24 && minute < 60 ? hour * 60 + minute : nil
    }
}
