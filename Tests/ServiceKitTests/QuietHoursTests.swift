import Contracts
import Foundation
import Testing

@testable import ServiceKit

@Suite struct QuietHoursTests {
    let denver: TimeZone
    let night = QuietHours(from: "21:00", to: "08:00")

    init() throws { denver = try #require(TimeZone(identifier: "America/Denver")) }

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    @Test(arguments: [
        ("20:59:59", false), ("21:00:00", true), ("23:59:59", true), ("00:00:00", true), ("07:59:59", true),
        ("08:00:00", false), ("12:00:00", false),
    ])
    func overMidnight(_ clock: String, isQuiet: Bool) throws {
        #expect(try night.isQuiet(at: time("2026-07-01T\(clock)-06:00"), timeZone: denver) == isQuiet)
    }

    @Test(arguments: [("11:59:59", false), ("12:00:00", true), ("12:59:59", true), ("13:00:00", false)])
    func withinADay(_ clock: String, isQuiet: Bool) throws {
        let noon = QuietHours(from: "12:00", to: "13:00")
        #expect(try noon.isQuiet(at: time("2026-07-01T\(clock)-06:00"), timeZone: denver) == isQuiet)
    }

    @Test func theEnd() throws {
        let morning = try time("2026-07-02T08:00:00-06:00")
        #expect(try night.end(after: time("2026-07-01T21:00:00.001-06:00"), timeZone: denver) == morning)
        #expect(try night.end(after: time("2026-07-02T07:59:59.999-06:00"), timeZone: denver) == morning)
        let day = try time("2026-07-01T12:34:56.789-06:00")
        #expect(night.end(after: day, timeZone: denver) == day)
    }

    // In Denver the clock goes from 2:00 to 3:00 on 2026-03-08, and from 2:00 back to 1:00 on 2026-11-01.

    @Test func theClockIsSetForward() throws {
        let evening = try time("2026-03-07T22:00:00-07:00")
        #expect(try night.end(after: evening, timeZone: denver) == time("2026-03-08T08:00:00-06:00"))
        // 2:30 is skipped: at 3:00 it is past it.
        let early = QuietHours(from: "22:00", to: "02:30")
        #expect(try early.end(after: evening, timeZone: denver) == time("2026-03-08T03:00:00-06:00"))
        // All of it is skipped.
        let skipped = QuietHours(from: "02:10", to: "02:50")
        #expect(try !skipped.isQuiet(at: time("2026-03-08T03:00:00-06:00"), timeZone: denver))
    }

    @Test func theClockIsSetBack() throws {
        let evening = try time("2026-10-31T22:00:00-06:00")
        #expect(try night.end(after: evening, timeZone: denver) == time("2026-11-01T08:00:00-07:00"))
        // 1:30 comes twice, and the half hour before it too.
        let early = QuietHours(from: "22:00", to: "01:30")
        let first = try time("2026-11-01T01:30:00-06:00")
        #expect(early.end(after: evening, timeZone: denver) == first)
        #expect(!early.isQuiet(at: first, timeZone: denver))
        let again = try time("2026-11-01T01:10:00-07:00")
        #expect(early.isQuiet(at: again, timeZone: denver))
        #expect(try early.end(after: again, timeZone: denver) == time("2026-11-01T01:30:00-07:00"))
        // The hour before the change goes on after it.
        let long = QuietHours(from: "01:00", to: "02:00")
        let end = try time("2026-11-01T02:00:00-07:00")
        #expect(try long.end(after: time("2026-11-01T01:59:00-06:00"), timeZone: denver) == end)
    }

    @Test func aZoneWithoutSummerTime() throws {
        let phoenix = try #require(TimeZone(identifier: "America/Phoenix"))
        let end = night.end(after: try time("2026-03-08T04:00:00Z"), timeZone: phoenix)
        #expect(try end == time("2026-03-08T15:00:00Z"))
    }

    @Test func aDealershipsOwn() throws {
        var aspen = Dealership(id: "aspen", name: "Aspen", timeZone: "America/Denver", quietHours: night)
        let evening = try time("2026-07-01T22:00:00-06:00")
        #expect(try aspen.quietUntil(evening) == time("2026-07-02T08:00:00-06:00"))
        #expect(try aspen.quietUntil(time("2026-07-01T12:00:00-06:00")) == nil)
        aspen.quietHours = nil
        #expect(aspen.quietUntil(evening) == nil)
    }

    @Test(arguments: [
        ("9:00", "08:00", "from '9:00' is no time"), ("21:00", "24:00", "to '24:00' is no time"),
        ("21:00", "08:60", "to '08:60' is no time"), ("21:00", "", "to '' is no time"),
        ("21:00", "21:00", "begin and end at 21:00"),
    ])
    func whatIsNone(_ from: String, _ to: String, _ problem: String) throws {
        let hours = QuietHours(from: from, to: to)
        let error = try #require(
            #expect(throws: ConfigurationError.self) {
                try Dealerships([
                    Dealership(id: "aspen", name: "Aspen", timeZone: "America/Denver", quietHours: hours)
                ])
            })
        #expect(error.problems.count == 1 && error.problems[0].hasPrefix("aspen: quietHours"))
        #expect(error.problems[0].contains(problem))
    }
}
