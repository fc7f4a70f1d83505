/// The rule for the text of a message, the same on every side and channel.
///
/// A character is a Unicode scalar, which every language and every store counts alike; what a reader takes for one
/// character may be several.
public enum MessageText {
    public static let maximumCharacters = 4_000

    /// The member `text`, which says something.
    ///
    /// - Throws: `MalformedEvent` naming the member.
    public static func written(_ json: JSONView) throws(MalformedEvent) -> String {
        let text = try checked(try json.string("text"), "text")
        guard text.unicodeScalars.contains(where: \.isVisible) else {
            throw MalformedEvent("invalid-field", "text is empty")
        }
        return text
    }

    /// A text that may be empty, as that of a message of pictures alone.
    public static func checked(_ text: String, _ name: String) throws(MalformedEvent) -> String {
        let text = text.keepable
        guard text.unicodeScalars.count <= maximumCharacters else {
            throw MalformedEvent(
                "invalid-field", "\(name) is longer than \(maximumCharacters) characters (Unicode scalars)")
        }
        return text
    }
}

extension String {
    /// Without NUL, at which SQLite's functions would cut it. It is the only character that a Swift string may have and
    /// that is lost on the way: JSON writes the other control characters as escapes, and there are no lone surrogates.
    public var keepable: String {
        utf8.contains(0) ? String(unicodeScalars.filter { $0.value != 0 }) : self
    }

    /// In one line, as a name is: control characters and line breaks become spaces, none at the ends.
    public var singleLine: String {
        let scalars = unicodeScalars.map { $0.isBreaking ? " " : $0 }
        let spaces = scalars.prefix { $0 == " " }.count
        let text = scalars.dropFirst(spaces)
        guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
        return String(String.UnicodeScalarView(text[...last]))
    }

    /// Whether a name or an id may have it.
    public var hasControlCharacters: Bool { unicodeScalars.contains(where: \.isBreaking) }
}

extension Unicode.Scalar {
    /// Leaves a mark on the screen by itself. U+2800 is Braille's empty cell.
    fileprivate var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .spaceSeparator: false
        default: !properties.isDefaultIgnorableCodePoint && value != 0x2800
        }
    }

    fileprivate var isBreaking: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
