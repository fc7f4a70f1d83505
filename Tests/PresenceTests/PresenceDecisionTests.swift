import Contracts
import Testing

@testable import Presence

/// What is owed for one visit, as a table: leases, announcement, now.
@Suite struct PresenceDecisionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var leases: [Lease] = []
        var announced: Announcement?
        /// Seconds.
        var now: Int64
        var owed: Announcement?
    }

    private static func at(_ seconds: Int64) -> Timestamp { .at(seconds) }

    private static func lease(
        seen: Int64, visible: Bool = true, ends: Int64? = nil, page: String? = "/cars"
    ) -> Lease {
        Lease(seenAt: at(seen), expiresAt: at(ends ?? seen + (visible ? 45 : 135)), visible: visible, page: page)
    }

    private static func said(
        _ state: PresenceState, _ time: Int64, until: Int64? = nil, page: String? = "/cars"
    ) -> Announcement {
        Announcement(
            state: state, time: at(time), until: until.map(at), page: state == .offline ? nil : page)
    }

    static let cases = [
        Case(testDescription: "nothing is known", now: 0),
        Case(testDescription: "leases ended, nobody was told otherwise", leases: [lease(seen: 0)], now: 45),
        Case(
            testDescription: "a first beat", leases: [lease(seen: 0)], now: 0, owed: said(.online, 0, until: 90)),
        Case(
            testDescription: "a first beat of a hidden tab", leases: [lease(seen: 0, visible: false)], now: 1,
            owed: said(.away, 0, until: 270)),
        Case(
            testDescription: "the second beat renews nothing", leases: [lease(seen: 15)],
            announced: said(.online, 0, until: 90), now: 15),
        Case(
            testDescription: "the third neither", leases: [lease(seen: 30)], announced: said(.online, 0, until: 90),
            now: 30),
        Case(
            testDescription: "the fourth does", leases: [lease(seen: 45)], announced: said(.online, 0, until: 90),
            now: 45, owed: said(.online, 45, until: 135)),
        Case(
            testDescription: "a lease's last millisecond holds", leases: [lease(seen: 0)],
            announced: said(.online, 0, until: 90), now: 44),
        Case(
            testDescription: "a lease ends: offline at its end, however late it is noticed", leases: [lease(seen: 0)],
            announced: said(.online, 0, until: 90), now: 300, owed: said(.offline, 45)),
        Case(
            testDescription: "offline is said once", leases: [lease(seen: 0)], announced: said(.offline, 45), now: 300),
        Case(
            testDescription: "a lease from a clock that is ahead holds nothing", leases: [lease(seen: 3_600)], now: 0),
        Case(
            testDescription: "nor does it keep up what was said", leases: [lease(seen: 3_600)],
            announced: said(.online, 0, until: 90), now: 20, owed: said(.offline, 90)),
        Case(
            testDescription: "clocks may differ a little", leases: [lease(seen: 20)], now: 0,
            owed: said(.online, 20, until: 110)),
        Case(
            testDescription: "back again", leases: [lease(seen: 400)], announced: said(.offline, 45), now: 401,
            owed: said(.online, 400, until: 490)),
        Case(
            testDescription: "hidden", leases: [lease(seen: 20, visible: false)],
            announced: said(.online, 0, until: 90), now: 21, owed: said(.away, 20, until: 290)),
        Case(
            testDescription: "a frozen tab on a phone is away for more than two minutes",
            leases: [lease(seen: 20, visible: false)], announced: said(.away, 20, until: 290), now: 154),
        Case(
            testDescription: "of two tabs the visible one counts",
            leases: [lease(seen: 10), lease(seen: 20, visible: false)], announced: said(.online, 10, until: 100),
            now: 21),
        Case(
            testDescription: "the visible tab's lease ends, a hidden one holds",
            leases: [lease(seen: 0), lease(seen: 10, visible: false)], announced: said(.online, 0, until: 90), now: 46,
            owed: said(.away, 45, until: 280)),
        Case(
            testDescription: "a leaving tab is still there within its grace", leases: [lease(seen: 20, ends: 30)],
            announced: said(.online, 0, until: 90), now: 29),
        Case(
            testDescription: "and gone after it", leases: [lease(seen: 20, ends: 30)],
            announced: said(.online, 0, until: 90), now: 30, owed: said(.offline, 30)),
        Case(
            testDescription: "another page is said at once", leases: [lease(seen: 15, page: "/trucks")],
            announced: said(.online, 0, until: 90), now: 15, owed: said(.online, 15, until: 105, page: "/trucks")),
        Case(
            testDescription: "two visible tabs do not take turns",
            leases: [lease(seen: 10), lease(seen: 15, page: "/trucks")], announced: said(.online, 0, until: 90),
            now: 16),
        Case(
            testDescription: "the page that was said is left: the other tab's",
            leases: [lease(seen: 16, ends: 26), lease(seen: 15, page: "/trucks")],
            announced: said(.online, 0, until: 90), now: 26,
            owed: said(.online, 26, until: 105, page: "/trucks")),
        Case(
            testDescription: "the leases are gone: the announcement says when it ended",
            announced: said(.online, 0, until: 90), now: 9_000, owed: said(.offline, 90)),
        Case(
            testDescription: "somebody said offline meanwhile", leases: [lease(seen: 60)],
            announced: said(.offline, 70), now: 71, owed: said(.online, 60, until: 150)),
    ]

    @Test(arguments: cases) func owed(_ testCase: Case) {
        let decision = PresenceDecision(leases: testCase.leases, announced: testCase.announced)
        let now = Self.at(testCase.now)
        #expect(decision.owed(at: now) == testCase.owed)
        // The order in which leases are read must not matter, or two owners would differ.
        let reversed = PresenceDecision(leases: testCase.leases.reversed(), announced: testCase.announced)
        #expect(reversed.owed(at: now) == testCase.owed)
    }

    @Test(arguments: cases) func whatWasSaidIsNotOwedAgain(_ testCase: Case) throws {
        let decision = PresenceDecision(leases: testCase.leases, announced: testCase.announced)
        guard let owed = decision.owed(at: Self.at(testCase.now)) else { return }
        let after = PresenceDecision(leases: testCase.leases, announced: owed)
        #expect(after.owed(at: Self.at(testCase.now)) == nil)
    }

    /// While presence runs, no reader sees `unknown`: a lease's end is announced before the announcement runs out.
    @Test func anAnnouncementOutlivesItsLease() throws {
        var announced: Announcement?
        var said = 0
        for beat in stride(from: Int64(0), to: 3_600, by: 15) {
            let lease = Self.lease(seen: beat)
            if let owed = PresenceDecision(leases: [lease], announced: announced).owed(at: Self.at(beat)) {
                announced = owed
                said += 1
            }
            let until = try #require(announced?.until)
            #expect(until.milliseconds >= lease.expiresAt.milliseconds + Limits.renewalMargin)
        }
        #expect(said == 80, "every third beat of 240 renews")
    }

    @Test func theEventSaysNothingOfItsWriter() throws {
        let visit = Visit(dealership: "north", conversation: "c1")
        let event = Self.said(.online, 7, until: 97).event(for: visit)
        #expect(event.id == "c1.online.1790000007000")
        #expect(event.key == "north/c1")
        #expect(event.subject == "c1")
        #expect(event.time == Self.at(7))
        #expect(
            String(decoding: event.data, as: UTF8.self)
                == #"{"conversationId":"c1","page":"/cars","state":"online","until":"\#(Self.at(97))"}"#)
        let offline = Self.said(.offline, 45).event(for: visit)
        #expect(String(decoding: offline.data, as: UTF8.self) == #"{"conversationId":"c1","state":"offline"}"#)
    }

    @Test func readersSeeUnknownOnceAnAnnouncementRanOut() {
        let announced = Self.said(.online, 0, until: 90)
        #expect(announced.state(at: Self.at(89)) == .online)
        #expect(announced.state(at: Self.at(90)) == .unknown)
        #expect(Self.said(.offline, 0).state(at: Self.at(9_000)) == .offline)
    }
}
