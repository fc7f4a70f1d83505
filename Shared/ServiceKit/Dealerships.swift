import Contracts
import Foundation

/// All tenants, checked once at start.
public struct Dealerships: Sendable {
    /// In the file's order.
    public let all: [Dealership]
    /// Every dealership's origins.
    public let origins: Set<String>
    private let byId: [String: Dealership]
    private let bySMSNumber: [String: Dealership]

    public subscript(id: String) -> Dealership? { byId[id] }

    /// - Parameter smsNumber: E.164, as a webhook's `To` has it.
    public func owning(smsNumber: String) -> Dealership? { bySMSNumber[smsNumber] }

    init() {
        all = []
        origins = []
        byId = [:]
        bySMSNumber = [:]
    }

    /// - Throws: `ConfigurationError` naming each dealership and field that is wrong.
    public init(_ dealerships: [Dealership]) throws {
        var problems: [String] = []
        var byId: [String: Dealership] = [:]
        var bySMSNumber: [String: Dealership] = [:]
        if dealerships.isEmpty { problems.append("there is no dealership in it") }
        for dealership in dealerships {
            let id = dealership.id
            if !Identifier.isValid(id) { problems.append("'\(id)' is no id (1 to 64 of A-Z a-z 0-9 _ -)") }
            if byId.updateValue(dealership, forKey: id) != nil { problems.append("\(id) is there twice") }
            if dealership.name.isEmpty { problems.append("\(id) has no name") }
            if TimeZone(identifier: dealership.timeZone) == nil {
                problems.append("\(id): timeZone '\(dealership.timeZone)' is unknown")
            }
            if let color = dealership.color, !Self.isColor(color) {
                problems.append("\(id): color '\(color)' is none such as #1a56b0")
            }
            if let greeting = dealership.greeting, !(1...Limits.greetingCharacters).contains(greeting.count) {
                problems.append("\(id): greeting is not 1 to \(Limits.greetingCharacters) characters long")
            }
            if let problem = dealership.quietHours?.problem { problems.append("\(id): \(problem)") }
            for number in dealership.smsNumbers {
                if !Self.isE164(number) { problems.append("\(id): smsNumbers '\(number)' is not E.164") }
                if let other = bySMSNumber.updateValue(dealership, forKey: number) {
                    problems.append("\(id): smsNumbers '\(number)' is \(other.id)'s too")
                }
            }
            for origin in dealership.origins where !Origin.isValid(origin) {
                problems.append("\(id): origins '\(origin)' is no origin such as https://www.example.com")
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        all = dealerships
        origins = Set(dealerships.flatMap(\.origins))
        self.byId = byId
        self.bySMSNumber = bySMSNumber
    }

    public init(path: String) throws {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ConfigurationError("--dealerships: cannot read \(path)")
        }
        do {
            try self.init(try JSONDecoder().decode([Dealership].self, from: data))
        } catch let error as ConfigurationError {
            throw ConfigurationError(error.problems.map { "--dealerships \(path): \($0)" })
        } catch {
            throw ConfigurationError(
                "--dealerships \(path): not a JSON list of {id, name, timeZone, smsNumbers, origins}: \(error)")
        }
    }

    private static func isColor(_ text: String) -> Bool {
        text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    private static func isE164(_ number: String) -> Bool {
        number.hasPrefix("+") && (8...15).contains(number.utf8.count - 1)
            && number.utf8.dropFirst().allSatisfy { (48...57).contains($0) }
    }
}
