import Contracts
import Testing

@testable import Shards

@Suite struct OwedAgeTests {
    private func entry(at milliseconds: Int64) -> Ledger.Entry {
        Ledger.Entry(
            topic: .dealCreated,
            event: Event(
                id: "e", type: "deal.created", dealership: "aspen", service: "qualification", subject: nil,
                time: Timestamp(milliseconds: milliseconds), data: []))
    }

    /// By the facts' own times: an owner that has just started knows how long it has been owed.
    @Test func itIsAsOldAsTheOldestFact() {
        let owed = Owed([entry(at: 9_000), entry(at: 4_000)])
        #expect(owed.records == 2)
        #expect(owed.seconds(at: Timestamp(milliseconds: 10_500)) == 6.5)
        // Another machine's clock is ahead.
        #expect(owed.seconds(at: Timestamp(milliseconds: 1_000)) == 0)
        #expect(Owed([]).seconds(at: Timestamp(milliseconds: 1)) == nil)
    }
}
