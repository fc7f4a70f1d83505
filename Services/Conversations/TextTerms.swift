import Contracts
import ServiceKit

/// What a dealership's file says of texting, at one moment.
struct TextTerms: Sendable, Equatable {
    /// As staff introduce themselves in the question whether they may text.
    var name = ""
    /// E.164. From the first one go the texts to a customer who has not texted any of them.
    var numbers: [String] = []
    /// Until when nobody is texted; nil: now is as good as any time.
    var quietUntil: Timestamp?
    /// IANA; the time that `quietUntil` is told in.
    var timeZone = "UTC"

    init() {}

    init(_ dealership: Dealership, at now: Timestamp) {
        name = dealership.name
        numbers = dealership.smsNumbers
        quietUntil = dealership.quietUntil(now)
        timeZone = dealership.timeZone
    }

    /// The question whether a customer may be texted, which goes before anything else.
    func request(by staff: Staff) -> String {
        "This is \(staff.name) from \(name). May I text you? Please respond with only YES or NO."
    }
}
