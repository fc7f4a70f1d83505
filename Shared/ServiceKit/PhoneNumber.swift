/// Phone numbers as people type them.
public enum PhoneNumber {
    /// A number as E.164, such as `+13145550123`; nil for what is none. Without `+` it is a number of North America.
    public static func e164(_ text: String) -> String? {
        let isInternational = text.hasPrefix("+")
        var digits = ""
        for scalar in text.unicodeScalars.dropFirst(isInternational ? 1 : 0) {
            if isDigit(scalar) {
                digits.unicodeScalars.append(scalar)
            } else if !" ()-./\u{A0}\u{2010}\u{2011}\u{2013}".unicodeScalars.contains(scalar) {
                return nil
            }
        }
        if isInternational {
            return Limits.phoneDigits.contains(digits.count) && !digits.hasPrefix("0") ? "+" + digits : nil
        }
        if digits.count == 10 { return "+1" + digits }
        return digits.count == 11 && digits.hasPrefix("1") ? "+" + digits : nil
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        (48...57).contains(scalar.value)
    }
}
