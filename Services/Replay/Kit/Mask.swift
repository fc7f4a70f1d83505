import Contracts

/// Takes what is personal out of a body: names, phones, e-mail addresses, texts, a provider's parameters.
///
/// It knows which members are not personal, and stars out all others, so that a member that is added tomorrow is
/// hidden until somebody has thought about it.
enum Mask {
    static let stars = Array("\"***\"".utf8)

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
        guard (try? JSONView(bytes)) != nil else { return nil }
        var masking = Masking(bytes: bytes)
        return masking.run()
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
            let inner = String(decoding: bytes[at + 1..<end], as: UTF8.self)
            if expectsName {
                open[open.count - 1].rule = Mask.rule(of: inner)
                copy(to: end + 1)
            } else {
                value(to: end + 1, isWord: Identifier.isValid(inner))
            }
        }

        private mutating func number() {
            let end = bytes[at...].firstIndex { ![43, 45, 46, 69, 101].contains($0) && !(48...57).contains($0) }
            value(to: end ?? bytes.count, isWord: true)
        }

        private mutating func value(to end: Int, isWord: Bool) {
            switch open.last?.rule {
            case .show: copy(to: end)
            case .showWords where isWord: copy(to: end)
            default:
                output.append(contentsOf: Mask.stars)
                at = end
            }
        }
    }
}
