import Contracts
import Foundation
import Testing

@Suite struct TimestampTests {
    @Test func writesAndReadsItself() {
        for milliseconds: Int64 in [0, 1, 999, 1_000, 951_782_400_000, 1_787_426_607_412, -1, -62_135_596_800_000] {
            let time = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(time.description) == time)
        }
        #expect(Timestamp(milliseconds: 1_787_425_407_412).description == "2026-08-22T19:03:27.412Z")
        #expect(Timestamp(milliseconds: -1).description == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: -62_135_596_800_000).description == "0001-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: 253_402_300_799_999).description == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: 253_402_300_800_000).description == "10000-01-01T00:00:00.000Z")
    }

    @Test func agreesWithFoundation() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let milliseconds = Int64.random(in: 0...4_102_444_800_000, using: &generator)
            let date = try #require(formatter.date(from: Timestamp(milliseconds: milliseconds).description))
            #expect(Int64((date.timeIntervalSince1970 * 1_000).rounded()) == milliseconds)
        }
    }

    @Test func readsZonesAndFractions() {
        let expected = Timestamp("2026-08-22T19:03:27.000Z")
        #expect(Timestamp("2026-08-22T14:03:27-05:00") == expected)
        #expect(Timestamp("2026-08-22T19:03:27z") == expected)
        #expect(Timestamp("2026-08-22T19:03:27.4129999+00:00") == expected?.adding(milliseconds: 412))
    }

    @Test(arguments: [
        "", "2026-08-22", "2026-08-22T19:03:27", "2026-13-22T19:03:27Z", "2026-08-22T24:03:27Z",
        "2026-08-22T19:03:27.Z",
        "2026-08-22T19:03:27Zx", "2026-08-22 19:03:27Z", "٢٠٢٦-08-22T19:03:27Z",
    ])
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }
}
