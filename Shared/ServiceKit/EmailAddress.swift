/// E-mail addresses as people type them.
public enum EmailAddress {
    /// An address that may exist, in lower case; nil for what cannot.
    public static func normalised(_ text: String) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= Limits.emailBytes,
            (1...Limits.emailLocalBytes).contains(parts[0].utf8.count)
        else { return nil }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy(isHostLabel), parts[0].unicodeScalars.allSatisfy(isPlausible) else {
            return nil
        }
        return text.lowercased()
    }

    /// What may stand before the `@` unquoted, in any script.
    private static func isPlausible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (33..<127).contains(scalar.value) && !"\"(),:;<>[\\]".unicodeScalars.contains(scalar)
        }
        return !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
    }

    private static func isHostLabel(_ label: Substring) -> Bool {
        !label.isEmpty && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.unicodeScalars.allSatisfy {
                $0 == "-" || (48...57).contains($0.value) || $0.properties.isAlphabetic
            }
    }
}
