import Contracts

/// Takes what is personal out of a body: names, phones, e-mail addresses, texts, a provider's parameters.
///
/// It knows which members are not personal, and stars out all others, so that a member that is added tomorrow is
/// hidden until somebody has thought about it. What surrounds a body, its key, its headers and the ids in them, is shown
/// where it looks like an id: other programs write there too.
enum Mask {
    static let hidden = "***"
    private static let stars = Array("\"\(hidden)\"".utf8)

    /// Ids, numbers, states and times.
    private static let harmless: Set<String> = [
        "conversationId", "clientMessageId", "messageId", "visitorId", "dealId", "dealershipId", "requestId",
        "customerId", "tabId", "id", "knownDeals", "channel", "claim", "sid", "errorCode", "index", "contentType",
        "bytes", "sha256", "createdAt", "firstMessageAt", "qualifiedAt", "until", "timeZone", "messagesOffset",
        "revision", "type", "description", "service", "shard", "address", "topic", "partition", "offset", "eventId",
        "dealership", "subject", "time",
    ]

    /// Harmless where they are one word: in other words a provider may name a number.
    private static let words: Set<String> = ["status", "state", "reason"]

    /// - Returns: nil for what is no JSON object, where nobody knows what is personal.
    static func body(_ bytes: [UInt8]) -> [UInt8]? {
        (try? JSONView(bytes)) == nil ? nil : object(bytes)
    }

    /// - Parameter bytes: a JSON object whose syntax has been checked.
    static func object(_ bytes: [UInt8]) -> [UInt8] {
        var masking = Masking(bytes: bytes)
        return masking.run()
    }

    /// An id, a key or a subject; stars for what looks like an e-mail address, a phone or a text. Our ids have letters.
    static func label(_ text: String) -> String {
        let isPersonal =
            text.utf8.contains { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: " ") }
            || text.utf8.split(separator: UInt8(ascii: "/")).contains(where: isPhone)
        return isPersonal ? hidden : text
    }

    /// Seven digits are the least that a phone has.
    private static func isPhone(_ part: Substring.UTF8View) -> Bool {
        var digits = 0
        for byte in part {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"): break
            default: return false
            }
        }
        return digits >= 7
    }

    /// Whether its values are of ours or of a standard; nobody knows what is in another.
    static func showsHeader(_ name: String) -> Bool {
        name.hasPrefix("ce_") || name.hasPrefix("dc_") || ["content-type", "traceparent", "tracestate"].contains(name)
    }

    private enum Rule { case show, showWords, hide }

    private static func rule(of member: String) -> Rule {
        harmless.contains(member) ? .show : words.contains(member) ? .showWords : .hide
    }

    /// One pass over JSON whose syntax has been checked.
    private struct Masking {
        let bytes: [UInt8]
        var output: [UInt8] = []
        var at = 0
        /// Of each object or list that is open.
        var open: [(isObject: Bool, rule: Rule)] = []
        var expectsName = false

        init(bytes: [UInt8]) {
            self.bytes = bytes
            output.reserveCapacity(bytes.count)
        }

        mutating func run() -> [UInt8] {
            while at < bytes.count {
                let byte = bytes[at]
                switch byte {
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    let isObject = byte == UInt8(ascii: "{")
                    // An object's members have names of their own; a list's elements go by the list's.
                    open.append((isObject, isObject ? .hide : open.last?.rule ?? .hide))
                    expectsName = isObject
                    copy(to: at + 1)
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    open.removeLast()
                    expectsName = false
                    copy(to: at + 1)
                case UInt8(ascii: ","):
                    expectsName = open.last?.isObject == true
                    copy(to: at + 1)
                case UInt8(ascii: ":"):
                    expectsName = false
                    copy(to: at + 1)
                case UInt8(ascii: "\""): string()
                case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): number()
                case 9, 10, 13, 32: at += 1
                default: copy(to: at + 1)
                }
            }
            return output
        }

        private mutating func copy(to end: Int) {
            output.append(contentsOf: bytes[at..<end])
            at = end
        }

        private mutating func string() {
            var end = at + 1
            while bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
            let inner = bytes[at + 1..<end]
            if expectsName {
                open[open.count - 1].rule = Mask.rule(of: String(decoding: inner, as: UTF8.self))
                copy(to: end + 1)
                return
            }
            switch open.last?.rule {
            // An id may be whatever another system takes for one, its users' addresses too; and an escape hides an @.
            case .show: value(to: end + 1, isShown: !inner.contains { $0 == 64 || $0 == 92 })
            case .showWords: value(to: end + 1, isShown: Identifier.isValid(String(decoding: inner, as: UTF8.self)))
            default: value(to: end + 1, isShown: false)
            }
        }

        private mutating func number() {
            let end = bytes[at...].firstIndex { ![43, 45, 46, 69, 101].contains($0) && !(48...57).contains($0) }
            let rule = open.last?.rule
            value(to: end ?? bytes.count, isShown: rule == .show || rule == .showWords)
        }

        private mutating func value(to end: Int, isShown: Bool) {
            guard isShown else {
                output.append(contentsOf: Mask.stars)
                at = end
                return
            }
            copy(to: end)
        }
    }
}
