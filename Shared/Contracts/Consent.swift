import Foundation

/// Whether a phone may be texted from a dealership's number. No entry: the customer wrote first, or agreed on the
/// website.
public enum Consent: String, Codable, Sendable {
    /// Asked, and not answered yet.
    case asked
    case granted
    /// Asked, and answered with no.
    case declined
    /// Opted out, by a word, by Twilio's error 21610, or as staff recorded it.
    case stopped

    /// Whether a reply may be sent.
    public var allowsTexting: Bool { self == .granted }
}

/// A message that is one of the words that carriers and Twilio know, and nothing else.
///
/// Twilio's own list: https://help.twilio.com/articles/223134027; the words that 47 CFR 64.1200(a)(10) makes
/// revocations by themselves are all in it.
public enum ConsentKeyword: Sendable, Equatable {
    case stop, start, help, yes, no

    /// - Returns: nil for any other text: "stop by tomorrow" is no opt-out.
    public init?(_ text: String) {
        switch Self.normalised(text) {
        case "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT", "OPT OUT",
            "ARRET":
            self = .stop
        case "START", "UNSTOP": self = .start
        case "HELP", "INFO": self = .help
        case "YES", "Y": self = .yes
        case "NO", "N": self = .no
        default: return nil
        }
    }

    /// In capitals, without accents, with single spaces, without marks around it: `"Stop!"` and ` STOP. ` are STOP.
    static func normalised(_ text: String) -> String {
        var words: [String] = []
        var word = ""
        // Longer than any word with decoration around it.
        guard text.unicodeScalars.count <= 64 else { return "" }
        for scalar in text.decomposedStringWithCompatibilityMapping.uppercased().unicodeScalars {
            if scalar.properties.isAlphabetic {
                word.unicodeScalars.append(scalar)
            } else if scalar.properties.generalCategory == .decimalNumber {
                return ""
            } else if scalar.properties.generalCategory == .nonspacingMark
                || scalar.properties.isDefaultIgnorableCodePoint || scalar == "'" || scalar == "-"
            {
                continue
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        return words.joined(separator: " ")
    }

    /// What a text makes of what was known.
    ///
    /// - Returns: nil where it changes nothing. YES is both an answer to our question and Twilio's opt-in word.
    public func next(after consent: Consent?) -> Consent? {
        switch (self, consent) {
        case (.stop, .stopped): nil
        case (.stop, _): .stopped
        case (.start, .stopped), (.yes, .stopped), (.yes, .asked), (.start, .asked), (.yes, .declined),
            (.start, .declined):
            .granted
        case (.no, .asked): .declined
        default: nil
        }
    }
}

/// Free words that ask for an end of texts. A hint for staff, never an opt-out by itself.
public enum OptOutRequest {
    private static let phrases = [
        "STOP TEXTING", "STOP MESSAGING", "STOP CONTACTING", "STOP SENDING", "QUIT TEXTING", "DONT TEXT",
        "DO NOT TEXT", "NO MORE TEXTS", "NO MORE MESSAGES", "DONT MESSAGE", "DO NOT MESSAGE", "DONT CONTACT",
        "DO NOT CONTACT", "LEAVE ME ALONE", "REMOVE ME", "REMOVE MY NUMBER", "TAKE ME OFF", "UNSUBSCRIBE",
        "OPT OUT", "OPT ME OUT", "WRONG NUMBER", "LOSE MY NUMBER", "DELETE MY NUMBER", "PLEASE STOP",
    ]

    public static func isOne(_ text: String) -> Bool {
        guard ConsentKeyword(text) != .stop else { return false }
        let words = text.decomposedStringWithCompatibilityMapping.uppercased().unicodeScalars.reduce(into: " ") {
            if $1.properties.isAlphabetic {
                $0.unicodeScalars.append($1)
            } else if $1 != "'", $1 != "\u{2019}", $1.properties.generalCategory != .nonspacingMark, $0.last != " " {
                $0.append(" ")
            }
        }
        return phrases.contains { words.contains(" \($0)") }
    }
}
