import Contracts
import Foundation

/// A tenant, from the file that `--dealerships` names.
public struct Dealership: Codable, Sendable, Equatable {
    public var id: String
    public var name: String
    /// IANA, such as `America/Denver`.
    public var timeZone: String
    /// E.164.
    public var smsNumbers: [String]
    /// Exact origins of the pages that may carry the widget, such as `https://www.example.com`.
    public var origins: [String]
    /// Staff see what visitors type before they send it. Optional in the file; true where it is absent.
    public var previews: Bool
    /// The widget's colour, `#rrggbb`. Optional in the file.
    public var color: String?
    /// What the widget greets with, at most `Limits.greetingCharacters`. Optional in the file.
    public var greeting: String?
    /// When no customer is texted. Optional in the file.
    public var quietHours: QuietHours?

    public init(
        id: String, name: String, timeZone: String, smsNumbers: [String] = [], origins: [String] = [],
        previews: Bool = true, color: String? = nil, greeting: String? = nil, quietHours: QuietHours? = nil
    ) {
        self.id = id
        self.name = name
        self.timeZone = timeZone
        self.smsNumbers = smsNumbers
        self.origins = origins
        self.previews = previews
        self.color = color
        self.greeting = greeting
        self.quietHours = quietHours
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(String.self, forKey: .id),
            name: try container.decode(String.self, forKey: .name),
            timeZone: try container.decode(String.self, forKey: .timeZone),
            smsNumbers: try container.decode([String].self, forKey: .smsNumbers),
            origins: try container.decode([String].self, forKey: .origins),
            previews: try container.decodeIfPresent(Bool.self, forKey: .previews) ?? true,
            color: try container.decodeIfPresent(String.self, forKey: .color),
            greeting: try container.decodeIfPresent(String.self, forKey: .greeting),
            quietHours: try container.decodeIfPresent(QuietHours.self, forKey: .quietHours))
    }

    /// - Returns: until when no customer may be texted; nil where they may be texted now.
    public func quietUntil(_ now: Timestamp) -> Timestamp? {
        guard let quietHours, let zone = TimeZone(identifier: timeZone), quietHours.isQuiet(at: now, timeZone: zone)
        else { return nil }
        return quietHours.end(after: now, timeZone: zone)
    }
}
