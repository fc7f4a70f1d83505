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

    public init(id: String, name: String, timeZone: String, smsNumbers: [String] = [], origins: [String] = []) {
        self.id = id
        self.name = name
        self.timeZone = timeZone
        self.smsNumbers = smsNumbers
        self.origins = origins
    }
}
